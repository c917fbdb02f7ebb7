package org.backpropaganda.experiments.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.TrainingData;
import org.backpropaganda.experiments.run.TrainingRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Peaks that are told without a run, against those of runs. */
class ShapePeakTest {
    @TempDir
    private Path directory;

    private static RunConfig config(String optimizer) {
        return new RunConfig(
                new RunConfig.Shape("revnet", 4, 8, 1, 2),
                new RunConfig.Passes(8, 2, 0, 5, 1),
                new RunConfig.Descent(optimizer, 0.02, 1e-4, "constant"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float"));
    }

    @ParameterizedTest
    @CsvSource({
        "plain,sgd",
        "plain,adamw",
        "checkpoint,sgd",
        "reversible,sgd",
        "abn,adamw",
        "save:q8,sgd",
        "decoupled,sgd"
    })
    void isThatOfARun(String strategy, String optimizer) throws IOException {
        RunConfig config = config(optimizer);
        TrainingData data = TrainingData.open(config);
        Peak told = ShapePeak.of(config, data.spec(), config.strategy(strategy)).orElseThrow();
        try (TrainingRun run = new TrainingRun(config, config.strategy(strategy), data)) {
            run.train(directory.resolve("first.bin"), (done, of) -> {});
            Peak measured = run.result(null).peak();
            assertThat(told.byKind()).isEqualTo(measured.byKind());
            assertThat(told.holders()).isEqualTo(measured.holders());
        }
    }

    @Test
    void isUnknownWhereAModelTrainsByStepsOfItsOwn() {
        RunConfig config = config("sgd");
        assertThat(ShapePeak.of(config, TrainingData.specOf(config), config.strategy("ddg")))
                .isEmpty();
    }
}
