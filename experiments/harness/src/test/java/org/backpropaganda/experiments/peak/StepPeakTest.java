package org.backpropaganda.experiments.peak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;
import org.backpropaganda.experiments.run.TrainingData;
import org.backpropaganda.experiments.run.TrainingRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is alive at the peak of real steps, against what the ledger counted. */
class StepPeakTest {
    @TempDir
    private Path directory;

    private RunConfig config(int accumulate) {
        return new RunConfig(
                new RunConfig.Shape("revnet", 4, 8, 1, 2),
                new RunConfig.Passes(8, 2, 0, 5, accumulate),
                new RunConfig.Descent("sgd", 0.02, 1e-4, "constant"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float", directory.toString(), null, null));
    }

    private RunResult run(String strategy, int accumulate) throws IOException {
        RunConfig config = config(accumulate);
        try (TrainingRun run = new TrainingRun(config, config.strategy(strategy), TrainingData.open(config))) {
            run.train(directory.resolve(strategy + ".bin"), (done, of) -> {});
            return run.result(null);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "checkpoint",
                "checkpoint:revolve=2",
                "reversible",
                "reversible+abn",
                "save:q8",
                "cheap",
                "offload",
                "recompute",
                "decoupled",
                "ddg",
                "petra",
                "mezo"
            })
    void holdersAddUpToTheLedgersPeak(String strategy) throws IOException {
        RunResult result = run(strategy, 1);
        Peak peak = result.peak();
        assertThat(peak).isNotNull();
        assertThat(peak.bytes()).isEqualTo(result.peakBytes());
        assertThat(peak.holders().stream().mapToLong(PeakHolder::bytes).sum()).isEqualTo(result.peakBytes());
        Map<String, Long> kinds = new TreeMap<>();
        peak.byKind().forEach((kind, bytes) -> kinds.put(kind.name(), bytes));
        result.peakByKind().values().removeIf(bytes -> bytes == 0);
        assertThat(kinds).isEqualTo(result.peakByKind());
        assertThat(result.course()).hasSize(2).allSatisfy(point -> assertThat(point.peakBytes())
                .isPositive());
        assertThat(result.course().get(1).peakBytes()).isEqualTo(result.peakBytes());
    }

    @Test
    void holdersOfASlicedBatchAddUpToo() throws IOException {
        RunResult result = run("plain", 2);
        assertThat(result.peak().bytes()).isEqualTo(result.peakBytes());
    }

    @Test
    void everyHolderHasAPathAndActivationsHaveAnOp() throws IOException {
        Peak peak = run("plain", 1).peak();
        assertThat(peak.holders()).allSatisfy(holder -> {
            switch (holder.kind()) {
                case PARAMETER, GRADIENT, OPTIMIZER, INPUT -> assertThat(holder.path())
                        .as("%s", holder)
                        .isNotEmpty();
                case ACTIVATION -> {
                    assertThat(holder.op()).as("%s", holder).isNotEmpty();
                    assertThat(holder.heldFor()).as("%s", holder).isNotEmpty();
                }
                default -> {}
            }
        });
        assertThat(peak.byPath()).containsKeys("batch.images", "batch.labels");
        // 8 images of 32 × 32 × 3 floats.
        assertThat(peak.byPath()).containsEntry("batch.images", 8L * 32 * 32 * 3 * 4);
        assertThat(peak.byKind()).containsKeys(MemoryKind.PARAMETER, MemoryKind.OPTIMIZER, MemoryKind.ACTIVATION);
    }

    @Test
    void whatCheckpointsMakeAgainIsSaidToBeRecomputed() throws IOException {
        Peak plain = run("plain", 1).peak();
        Peak checkpointed = run("checkpoint", 1).peak();
        PeakDifference difference = PeakDifference.between("plain", plain, "checkpoint", checkpointed);
        assertThat(difference.bytes()).isNegative();
        assertThat(difference.parts().stream().mapToLong(PeakDifference.Part::bytes).sum())
                .isEqualTo(difference.bytes());
        assertThat(difference.parts().get(0).fate()).isEqualTo("recomputed");
        assertThat(difference.parts().get(0).bytes()).isNegative();
        assertThat(difference.sentence())
                .startsWith("checkpoint against plain: −")
                .contains(" recomputed");
    }

    @Test
    void whatIsPackedIsSaidToBePacked() throws IOException {
        PeakDifference difference =
                PeakDifference.between("plain", run("plain", 1).peak(), "q8", run("save:q8", 1).peak());
        assertThat(difference.parts().stream().mapToLong(PeakDifference.Part::bytes).sum())
                .isEqualTo(difference.bytes());
        assertThat(difference.parts()).anySatisfy(part -> assertThat(part.fate()).isEqualTo("packed (8 bits)"));
    }
}
