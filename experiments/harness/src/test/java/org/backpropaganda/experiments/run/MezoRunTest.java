package org.backpropaganda.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.experiments.model.Strategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs without a backward pass. */
class MezoRunTest {
    @TempDir
    private Path directory;

    private static RunConfig config() {
        return new RunConfig(
                new RunConfig.Shape("mlp", 2, 8, 1, 2),
                new RunConfig.Passes(8, 4, 0, 5, 1),
                new RunConfig.Descent("sgd", 0.02, 1e-4, "constant"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float"));
    }

    private static Trainee trainee() {
        RunConfig config = config();
        return new Trainee(config, Strategy.parse("mezo:samples=2"), TrainingData.open(config));
    }

    private static Map<String, double[]> weights(Trainee trainee) {
        Map<String, double[]> weights = new LinkedHashMap<>();
        trainee.model()
                .parameters()
                .forEach(
                        (name, parameter) -> weights.put(name, parameter.value().toDoubles()));
        return weights;
    }

    @Test
    void stepsMoveEveryWeightAndHoldNoGradientsOrStates() throws IOException {
        try (Trainee trainee = trainee();
                Trainee same = trainee()) {
            Map<String, double[]> before = weights(trainee);
            for (int step = 0; step < trainee.steps(); step++) {
                trainee.step(step, trainee.prepare(step), new Trainee.Watcher() {});
                same.step(step, same.prepare(step), new Trainee.Watcher() {});
            }
            Map<String, double[]> after = weights(trainee);
            before.forEach(
                    (name, values) -> assertThat(after.get(name)).as(name).isNotEqualTo(values));
            assertThat(weights(same)).usingRecursiveComparison().isEqualTo(after);
            MemoryLedger ledger = trainee.engine().ledger();
            for (MemoryKind kind :
                    new MemoryKind[] {MemoryKind.GRADIENT, MemoryKind.ACTIVATION, MemoryKind.OPTIMIZER}) {
                assertThat(ledger.peakBytes(kind)).as("%s", kind).isZero();
            }
        }
    }

    @Test
    void aReportHasLossesAndNoGradient() throws IOException {
        RunConfig config = config();
        try (TrainingRun run = new TrainingRun(config, Strategy.parse("mezo"), TrainingData.open(config))) {
            run.train(directory.resolve("first.bin"), (done, of) -> {});
            RunResult result = run.result(null);
            assertThat(result.gradient()).isNull();
            assertThat(result.lossFirst()).isFinite().isPositive();
            assertThat(result.lossLast()).isFinite().isPositive();
            assertThat(directory.resolve("first.bin")).doesNotExist();
        }
    }
}
