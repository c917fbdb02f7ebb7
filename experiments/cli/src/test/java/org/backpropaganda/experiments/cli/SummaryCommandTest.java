package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a step of a model would hold, which is not made. */
class SummaryCommandTest {
    private static final long BATCH = 1_000_000;
    private static final long WIDTH = 4096;

    /** Bytes of an image in floats, in a stage that halves both sides and doubles the channels of the one before. */
    private static long image(int stage) {
        return (BATCH * 32 * 32 * WIDTH * Float.BYTES) >> stage;
    }

    /** Of what a batch norm keeps beside its input, and of signs, a bit a number. */
    private static long block(int stage, boolean abn) {
        long statistic = (WIDTH << stage) * Float.BYTES;
        long signs = image(stage) / 32;
        return abn ? 3 * image(stage) + 3 * statistic + signs : 4 * image(stage) + 4 * statistic + 2 * signs;
    }

    /** The shortcut's batch norm, too; the input is an image of the stage before. */
    private static long stage(int stage, boolean abn) {
        long statistic = (WIDTH << stage) * Float.BYTES;
        return 3 * block(stage, abn) + (stage == 0 ? 0 : image(stage - 1) + 2 * statistic);
    }

    /** By hand, from what the layers of three stages of three blocks keep; nothing is made, so the size does not matter. */
    @ParameterizedTest
    @ValueSource(strings = {"plain", "checkpoint", "abn", "decoupled", "checkpoint+abn"})
    void aSummaryOfAnySize(String strategy) {
        Said said = Said.by(
                "summary",
                "--model",
                "resnet",
                "--depth",
                "3",
                "--width",
                "4096",
                "--batch",
                "1000000",
                "--strategy",
                strategy,
                "--levels",
                "3");
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isZero();
        assertThat(said.out()).startsWith("path").contains("FLOAT[1000000, 32, 32, 4096]");

        long statistic = WIDTH * Float.BYTES;
        long stem = image(0) + 2 * statistic + image(0) / 32;
        long end = BATCH * (4 * WIDTH + 10) * Float.BYTES;
        boolean abn = strategy.contains("abn");
        long saved = switch (strategy) {
            case "plain" -> stem + stage(0, false) + stage(1, false) + stage(2, false) + end;
            case "abn" -> statistic + stage(0, true) + stage(1, true) + stage(2, true) + end;
            // Three segments, a stage each: two inputs, and the last stage as a whole.
            case "checkpoint" -> stem + 2 * image(0) + stage(2, false) + end;
            case "checkpoint+abn" -> statistic + 2 * image(0) + stage(2, true) + end;
            // The last of four modules has the last three of nine blocks.
            case "decoupled" -> stage(2, false) + end;
            default -> throw new AssertionError(strategy);
        };
        assertThat(said.out()).contains(String.format(Locale.ROOT, "saved for backward: %,d bytes = ", saved));
        if (!strategy.equals("decoupled")) {
            assertThat(said.out())
                    .containsPattern(String.format(Locale.ROOT, "(?m)^total +%,d +%,d ", parameters(), saved));
        }
        assertThat(abn).isEqualTo(said.out().contains("InPlaceAbn"));
    }

    @Test
    void thePeakOfAStepIsOneNumberThatNamesTheOptimizer() {
        Said said = Said.by(
                "summary",
                "--model",
                "mlp",
                "--depth",
                "2",
                "--width",
                "8",
                "--batch",
                "2",
                "--holders",
                "2",
                "--threads",
                "1");
        assertThat(said.err()).isEmpty();
        assertThat(said.out())
                .containsPattern(
                        "(?m)^peak of a step, all in all \\(parameters, gradients, activations, batch, state of sgd\\):"
                                + " [0-9,]+ bytes = [0-9.]+ MiB$")
                .containsPattern(
                        "(?m)^who holds the most then:\\R  \\S+  [0-9.]+ MiB, [0-9.]+%: .*\\R  \\S+  [0-9.]+ MiB.*\\R\\z");
    }

    /** Without those of predictors: convolutions of 9 or 1 weights, scale and shift of norms, a head with biases. */
    private static long parameters() {
        long sum = 9 * 3 * WIDTH + 2 * WIDTH + 10 * 4 * WIDTH + 10;
        for (int stage = 0; stage < 3; stage++) {
            long c = WIDTH << stage;
            sum += 3 * (2 * 9 * c * c + 2 * 2 * c);
            sum += stage == 0 ? 0 : -9 * c * c / 2 + c * c / 2 + 2 * c;
        }
        return sum;
    }
}
