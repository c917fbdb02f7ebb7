package org.backpropaganda.experiments.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.backpropaganda.experiments.model.Reversal;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;
import org.backpropaganda.experiments.run.TrainingData;
import org.backpropaganda.experiments.run.TrainingRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearnerBytesTest {
    @TempDir
    private Path directory;

    private static RunConfig config(String model, int depth, int width, int batch, int modules, String predictor) {
        return new RunConfig(
                new RunConfig.Shape(model, depth, width, 1, modules),
                new RunConfig.Passes(batch, 3, 0, 1),
                new RunConfig.Descent("sgd", 0.02, 0, "constant"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float"),
                Reversal.USUAL,
                new RunConfig.Learners(predictor, null));
    }

    private static List<String> warnings(RunConfig config, String strategies) {
        return LearnerBytes.warnings(config, TrainingData.specOf(config), config.strategies(strategies));
    }

    /** Four layers of 256 hold little; the predictors of three cuts take 3 · (256² + 256 + 10 · 256) · 4 bytes four times. */
    @Test
    void predictorsThatTakeMoreThanTheyFree() {
        RunConfig config = config("mlp", 4, 256, 32, 4, null);
        List<String> said = warnings(config, "plain,decoupled");
        assertThat(said).hasSize(1);
        double learners = 4 * 4 * 3 * (256 * 256 + 256 + 10 * 256) / 1048576.0;
        assertThat(said.get(0))
                .startsWith("decoupled will hold ")
                .contains(String.format("its learners take %.1f MiB with gradients and optimizer", learners))
                .endsWith("give fewer --modules, or smaller predictors");
    }

    @Test
    void predictorsThatFreeMoreThanTheyTake() {
        assertThat(warnings(config("mlp", 32, 128, 1024, 4, null), "plain,decoupled"))
                .isEmpty();
        assertThat(warnings(config("mlp", 4, 256, 32, 1, null), "decoupled")).isEmpty();
        assertThat(warnings(config("mlp", 4, 256, 32, 4, null), "plain,checkpoint"))
                .isEmpty();
    }

    @Test
    void lessThanAMebibyteIsNotWorthAWord() {
        RunConfig config = config("mlp", 4, 16, 2, 4, null);
        assertThat(warnings(config, "decoupled")).isEmpty();
        long plain = LearnerBytes.of(config, TrainingData.specOf(config), Strategy.PLAIN)
                .peakBytes();
        assertThat(LearnerBytes.of(config, TrainingData.specOf(config), Strategy.parse("decoupled"))
                        .peakBytes())
                .isGreaterThan(plain);
    }

    /** The shapes tell what a run measures. */
    @Test
    void theFiguresAreThoseOfARun() throws IOException {
        RunConfig config = config("mlp", 4, 16, 8, 4, null);
        Strategy strategy = config.strategy("decoupled");
        LearnerBytes told = LearnerBytes.of(config, TrainingData.specOf(config), strategy);
        try (TrainingRun run = new TrainingRun(config, strategy, TrainingData.open(config))) {
            run.train(directory.resolve("first.bin"), (done, of) -> {});
            RunResult measured = run.result(null);
            assertThat(told)
                    .isEqualTo(new LearnerBytes(
                            measured.peakBytes(), measured.peakActivationBytes(), measured.syntheticStateBytes()));
        }
    }
}
