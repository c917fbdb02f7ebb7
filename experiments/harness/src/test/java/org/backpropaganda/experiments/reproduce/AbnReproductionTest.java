package org.backpropaganda.experiments.reproduce;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Saved bytes with and without in-place norms by hand. */
class AbnReproductionTest {
    private static final long BATCH = 256;
    private static final long FLOAT = Float.BYTES;
    private static final long CHAIN = 16;

    private static long image(long side, long channels) {
        return FLOAT * BATCH * side * side * channels;
    }

    private static long signs(long bytes) {
        return bytes / FLOAT / Byte.SIZE;
    }

    /** The head's input and the probabilities. */
    private static long end(long channels) {
        return FLOAT * BATCH * (channels + 1000);
    }

    /** A pair keeps input, two statistics and signs, or its output and one statistic; its reader keeps its output. */
    @Test
    void aChain() {
        long x = image(56, 64);
        long statistic = FLOAT * 64;
        assertThat(AbnReproduction.savedBytes(false, (model, factory) -> model.chain(factory, (int) CHAIN)))
                .isEqualTo((CHAIN + 1) * (2 * x + 2 * statistic + signs(x)) + end(64));
        assertThat(AbnReproduction.savedBytes(true, (model, factory) -> model.chain(factory, (int) CHAIN)))
                .isEqualTo((CHAIN + 1) * (x + statistic) + end(64));
    }

    /** Two pairs a unit give back their input, a statistic and signs; the stem's, whose output a pool reads, all but the first. */
    @Test
    void resnet50GivesBackTwoInputsAUnit() {
        long saved = FLOAT * 64 + signs(image(112, 64));
        List<Integer> units = List.of(3, 4, 6, 3);
        for (int stage = 0; stage < units.size(); stage++) {
            long planes = 64L << stage;
            long side = 56 >> stage;
            for (int unit = 0; unit < units.get(stage); unit++) {
                long before = stage > 0 && unit == 0 ? 2 * side : side;
                saved += given(image(before, planes), planes) + given(image(side, planes), planes);
            }
        }
        long plain = AbnReproduction.savedBytes(false, ResidualBottlenecks::resnet50);
        assertThat(plain - AbnReproduction.savedBytes(true, ResidualBottlenecks::resnet50))
                .isEqualTo(saved);
    }

    private static long given(long image, long channels) {
        return image + FLOAT * channels + signs(image);
    }

    @Test
    void savingsAreNearThePublishedOnes() {
        List<Reproduction.Figure> figures = new AbnReproduction().figures();
        assertThat(figures.get(0).ours()).isBetween(48.0, 52.0);
        assertThat(figures.get(1).ours()).isBetween(12.0, 20.0);
    }
}
