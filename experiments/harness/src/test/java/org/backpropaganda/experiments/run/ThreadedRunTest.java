package org.backpropaganda.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Reversal;
import org.backpropaganda.experiments.report.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Modules on threads of their own, beside those that take turns on one. */
class ThreadedRunTest {
    private static final int STEPS = 12;
    private static final int MODULES = 3;

    @TempDir
    private Path directory;

    private static RunConfig config(String model, RunConfig.Learners learners) {
        return new RunConfig(
                new RunConfig.Shape(model, 6, 8, 1, MODULES),
                new RunConfig.Passes(8, STEPS, 0, 5),
                new RunConfig.Descent("adamw", 0.01, 1e-4, "cosine"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float"),
                Reversal.USUAL,
                learners);
    }

    private static RunConfig.Learners threads(Double probability, Boolean free) {
        return new RunConfig.Learners(null, null, probability, 1, free);
    }

    private static Map<String, double[]> weights(Trainee trainee) {
        Map<String, double[]> all = new LinkedHashMap<>();
        trainee.model()
                .parameters()
                .forEach((path, parameter) -> all.put(path, parameter.value().toDoubles()));
        trainee.model().buffers().forEach((path, buffer) -> all.put(path, buffer.toDoubles()));
        return all;
    }

    private static List<Double> turns(Trainee trainee) throws IOException {
        List<Double> losses = new ArrayList<>();
        for (int i = 0; i < trainee.steps(); i++) {
            trainee.step(i, trainee.prepare(i), new Trainee.Watcher() {
                @Override
                public void afterStep(OptionalDouble loss) {
                    loss.ifPresent(losses::add);
                }

                @Override
                public void afterDrain(OptionalDouble loss) {
                    loss.ifPresent(losses::add);
                }
            });
        }
        return losses;
    }

    private static Trainee trainee(RunConfig config, String strategy) {
        return new Trainee(config, config.strategy(strategy), TrainingData.open(config));
    }

    /** Weights at a rate that falls, statistics and losses; of batches that are drained only the last has its loss told. */
    @ParameterizedTest
    @CsvSource({"mlp, ddg", "mlp, fr", "mlp, petra", "revnet, petra", "revnet, reversible+fr", "mlp, checkpoint+ddg"})
    void underDisciplineBitsAreThoseOfTurns(String model, String strategy) throws IOException {
        RunConfig config = config(model, threads(0.7, null));
        RunConfig alone = config(model, new RunConfig.Learners(null, null, 0.7));
        try (Trainee threaded = trainee(config, strategy);
                Trainee twin = trainee(alone, strategy)) {
            Measurements measurements = new Measurements(threaded.engine(), threaded.model(), null);
            List<Integer> said = new ArrayList<>();
            ThreadedRun run = ThreadedRun.of(threaded, measurements, (done, of) -> said.add(done));
            List<Double> expected = turns(twin);
            assertThat(run.losses())
                    .hasSize(STEPS)
                    .startsWith(expected.subList(0, expected.size() - 1).toArray(new Double[0]));
            assertThat(run.losses().get(STEPS - 1)).isEqualTo(expected.get(expected.size() - 1));
            Map<String, double[]> weights = weights(threaded);
            weights(twin)
                    .forEach((path, values) ->
                            assertThat(weights.get(path)).as(path).isEqualTo(values));
            assertThat(said).hasSize(STEPS).endsWith(STEPS);
        }
    }

    private RunResult run(RunConfig config, String strategy) throws IOException {
        Path first = directory.resolve("first.bin");
        try (TrainingRun run = new TrainingRun(config, config.strategy(strategy), TrainingData.open(config))) {
            run.train(first, (done, of) -> {});
            return run.result(TrainingRun.fidelity(first, first));
        }
    }

    @ParameterizedTest
    @CsvSource({"petra, false", "ddg, true", "fr, true", "petra, true"})
    void aReportHasFiguresOfModules(String strategy, boolean free) throws IOException {
        RunResult result = run(config("revnet", threads(null, free ? true : null)), strategy);
        assertThat(result.modules()).extracting(RunResult.ModuleFigures::module).containsExactly(0, 1, 2);
        result.modules().forEach(each -> {
            assertThat(each.busyMillis()).isPositive();
            assertThat(each.waitingMillis()).isNotNegative();
            assertThat(each.updates()).isEqualTo(STEPS);
            assertThat(each.meanStaleness()).isBetween(0.0, (double) each.mostStaleness());
        });
        assertThat(result.modules().get(2).mostStaleness()).isZero();
        if (!free) {
            assertThat(result.modules().get(0).mostStaleness()).isEqualTo(2 * (MODULES - 1));
        }
        assertThat(result.stepsPerSecond()).isPositive();
        assertThat(result.steps()).isEqualTo(STEPS);
        assertThat(result.stepMillis().median()).isPositive();
        assertThat(result.savedActivationBytes()).isPositive();
        assertThat(result.peakActivationBytes()).isGreaterThanOrEqualTo(result.savedActivationBytes());
        assertThat(result.lossLast()).isFinite();
        assertThat(result.gradient()).isNotNull();
        Path file = directory.resolve("result.json");
        Json.write(file, result);
        assertThat(Json.read(file, RunResult.class)).isEqualTo(result);
        assertThat(Files.readString(file))
                .contains("\"modules\"")
                .contains("\"waitingMillis\"")
                .contains("\"predictorBytes\"")
                .contains("\"stepsPerSecond\"");
    }

    @Test
    void whatTakesTurnsHasNoSuchFigures() throws IOException {
        RunConfig config = config("mlp", threads(null, null));
        RunResult plain = run(config, "plain");
        assertThat(plain.modules()).isEmpty();
        assertThat(plain.stepsPerSecond()).isNull();
        RunConfig.Learners usual = RunConfig.Learners.USUAL;
        assertThat(run(config("mlp", usual), "petra").modules()).isEmpty();
    }

    @Test
    void whatIsOneThreadsIsRefused() {
        RunConfig config = config("mlp", threads(null, null));
        assertThatThrownBy(() -> run(config, "save:q8+petra"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("are one thread's at a time");
    }
}
