package org.backpropaganda.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Reversal;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.report.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Predictions beside gradients of backpropagation, in the course of a run. */
class ProbeTest {
    @TempDir
    private Path directory;

    private static RunConfig config(Integer probeEvery, int accumulate) {
        return new RunConfig(
                new RunConfig.Shape("dni-fcn", 3, 8, 1, 3),
                new RunConfig.Passes(8, 5, 0, 5, accumulate),
                new RunConfig.Descent("sgd", 0.02, 1e-4, "constant"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float"),
                Reversal.USUAL,
                new RunConfig.Learners("linear", probeEvery));
    }

    private static RunConfig usual() {
        RunConfig any = config(null, 1);
        return new RunConfig(any.shape(), any.passes(), any.descent(), any.source(), any.machine());
    }

    private RunResult run(Integer probeEvery, String strategy) throws IOException {
        RunConfig config = config(probeEvery, 1);
        try (TrainingRun run = new TrainingRun(config, config.strategy(strategy), TrainingData.open(config))) {
            run.train(directory.resolve("first.bin"), (done, of) -> {});
            return run.result(null);
        }
    }

    /** At step 0 predictions are zero, and later they point where they should. */
    @Test
    void aRunIsProbedInFrontOfEverySecondStep() throws IOException {
        RunResult probed = run(2, "decoupled");
        assertThat(probed.probe()).extracting(ProbePoint::step).containsExactly(0, 0, 2, 2, 4, 4);
        assertThat(probed.probe()).extracting(ProbePoint::boundary).containsExactly(0, 1, 0, 1, 0, 1);
        assertThat(probed.probe().get(1))
                .isEqualTo(new ProbePoint(0, 1, 0.0, probed.probe().get(1).signAgreement(), 1.0, 0.0));
        assertThat(probed.probe().get(5).cosine()).isGreaterThan(0.1);
    }

    /** What the run gives and measures is the same. */
    @Test
    void aProbeChangesNothing() throws IOException {
        RunResult probed = run(1, "decoupled");
        RunResult alone = run(null, "decoupled");
        assertThat(alone.probe()).isEmpty();
        assertThat(probed.lossLast()).isEqualTo(alone.lossLast());
        assertThat(probed.testAccuracy()).isEqualTo(alone.testAccuracy());
        assertThat(probed.peakBytes()).isEqualTo(alone.peakBytes());
        assertThat(probed.peakActivationBytes()).isEqualTo(alone.peakActivationBytes());
        assertThat(probed.peakByKind()).isEqualTo(alone.peakByKind());
        assertThat(probed.forwardEvaluations()).isEqualTo(alone.forwardEvaluations());
    }

    @Test
    void aStateIsThatOfARunWithoutProbes() throws IOException {
        List<ProbePoint> points = new ArrayList<>();
        Path state = directory.resolve("run.state");
        RunConfig probed = config(3, 1);
        try (ResumableRun run = new ResumableRun(probed, probed.strategy("decoupled"), state)) {
            run.train(2, 1, new ResumableRun.Watcher() {
                @Override
                public void step(int done, int of, double loss) {}

                @Override
                public void probed(List<ProbePoint> found) {
                    points.addAll(found);
                }
            });
        }
        assertThat(points).extracting(ProbePoint::step).containsExactly(0, 0, 3, 3);
        RunConfig alone = config(null, 1);
        try (ResumableRun run = new ResumableRun(alone, alone.strategy("decoupled"), state)) {
            assertThat(run.step()).isEqualTo(5);
        }
    }

    @Test
    void whereNothingPredictsNothingIsProbed() throws IOException {
        assertThat(run(1, "plain").probe()).isEmpty();
        assertThatThrownBy(() -> config(1, 1).checkProbed(List.of(Strategy.PLAIN)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("probe-every 1 is for strategies that predict gradients");
        config(1, 1).checkProbed(List.of(Strategy.PLAIN, Strategy.parse("decoupled")));
        config(null, 1).checkProbed(List.of(Strategy.PLAIN));
        assertThatThrownBy(() -> config(1, 2)).hasMessageContaining("a batch that is cut is not probed");
        assertThatThrownBy(() -> config(0, 1)).hasMessage("probe-every 0 is below 1");
    }

    @Test
    void aPointInWords() {
        assertThat(new ProbePoint(20, 1, 0.5, 0.75, null, 0.12345).words())
                .isEqualTo("step 20, boundary 1: cosine 0.5000, signs 0.7500, relative error -, norms 0.1235");
    }

    /** As a comparison hands it to its children. */
    @Test
    void aConfigurationIsReadAsItWasWritten() throws IOException {
        Path file = directory.resolve("config.json");
        for (RunConfig config : List.of(config(3, 1), usual())) {
            Json.write(file, config);
            assertThat(Json.read(file, RunConfig.class)).isEqualTo(config);
        }
        assertThat(Files.readString(file)).doesNotContain("predictor").doesNotContain("probeEvery");
    }

    @Test
    void theWordForPredictorsReachesTheTechniques() {
        assertThat(config(null, 1).words()).isEqualTo(Map.of("predictor", "linear"));
        assertThat(config(null, 1).sized("depth", 2).learners().predictor()).isEqualTo("linear");
        assertThat(config(4, 1).oneStep().learners().probeEvery()).isEqualTo(4);
    }
}
