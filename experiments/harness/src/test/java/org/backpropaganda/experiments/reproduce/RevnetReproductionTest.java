package org.backpropaganda.experiments.reproduce;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Saved bytes of memcnn's networks by hand, from what their layers keep. */
class RevnetReproductionTest {
    private static final long BATCH = 100;
    private static final long FLOAT = Float.BYTES;

    /** Signs of a ReLU, a bit an element in whole words of 64. */
    private static long signs(long bytes) {
        return bytes / FLOAT / Byte.SIZE;
    }

    /** An image of so many channels in a stage. */
    private static long image(int stage, long channels) {
        return (FLOAT * BATCH * 32 * 32 * channels) >> (2 * stage);
    }

    /** Input, two statistics a channel and signs. */
    private static long normAndRelu(int stage, long channels) {
        return image(stage, channels) + 2 * FLOAT * channels + signs(image(stage, channels));
    }

    private static long norm(int stage, long channels) {
        return image(stage, channels) + 2 * FLOAT * channels;
    }

    /** Norm with ReLU and convolution, twice; the first pair may be missing, whose convolution reads what somebody keeps. */
    private static long basic(int stage, long channels, boolean activated) {
        return (activated ? normAndRelu(stage, channels) + image(stage, channels) : 0)
                + normAndRelu(stage, channels)
                + image(stage, channels);
    }

    /** From the stage before: its norm and first convolution read larger images, and so does the shortcut, which has a norm. */
    private static long basicDown(int stage, long from, long to) {
        return normAndRelu(stage - 1, from)
                + image(stage - 1, from)
                + normAndRelu(stage, to)
                + image(stage, to)
                + norm(stage, to);
    }

    /** The stem's norm, and what its first reader keeps of its output. */
    private static long stem(long channels) {
        return normAndRelu(0, channels) + image(0, channels);
    }

    /** The last norm, the head's input, the probabilities. */
    private static long end(long channels) {
        return normAndRelu(2, channels) + FLOAT * BATCH * (channels + 10);
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 18})
    void basicResidualNetworks(int units) {
        long expected = stem(16)
                + basic(0, 16, false)
                + (units - 1) * basic(0, 16, true)
                + basicDown(1, 16, 32)
                + (units - 1) * basic(1, 32, true)
                + basicDown(2, 32, 64)
                + (units - 1) * basic(2, 64, true)
                + end(64);
        PreactivatedNetwork network = new PreactivatedNetwork(
                List.of(units, units, units), List.of(16, 16, 32, 64), false, PreactivatedNetwork.Kind.RESIDUAL);
        assertThat(RevnetReproduction.savedBytes(network)).isEqualTo(expected);
    }

    /**
     * Behind a sequence the norm reads the very tensor that is kept, and the stem's output has no reader that keeps it, since the
     * first sequence has it back.
     */
    private static long reversible(long stem, long second, long third) {
        return normAndRelu(0, stem) + basicDown(1, stem, second) + basicDown(2, second, third) + end(third);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 9, 30})
    void basicReversibleNetworksOfAnyDepth(int units) {
        PreactivatedNetwork narrow = new PreactivatedNetwork(
                List.of(units, units, units), List.of(32, 32, 64, 112), false, PreactivatedNetwork.Kind.REVERSED);
        assertThat(RevnetReproduction.savedBytes(narrow)).isEqualTo(reversible(32, 64, 112));
        PreactivatedNetwork wide = new PreactivatedNetwork(
                List.of(units, units, units), List.of(32, 32, 64, 128), false, PreactivatedNetwork.Kind.REVERSED);
        assertThat(RevnetReproduction.savedBytes(wide)).isEqualTo(reversible(32, 64, 128));
    }

    /** 1×1 to a quarter of the outputs, 3×3, and 1×1 to the outputs. */
    private static long bottleneck(int stage, long planes, boolean activated) {
        long outputs = 4 * planes;
        return (activated ? normAndRelu(stage, outputs) + image(stage, outputs) : 0) + inner(stage, stage, planes);
    }

    /** Both norms inside a bottleneck with the convolutions behind them, the first before a stride. */
    private static long inner(int before, int stage, long planes) {
        return normAndRelu(before, planes) + image(before, planes) + normAndRelu(stage, planes) + image(stage, planes);
    }

    private static long bottleneckDown(int stage, long from, long planes) {
        return normAndRelu(stage - 1, from)
                + image(stage - 1, from)
                + inner(stage - 1, stage, planes)
                + norm(stage, 4 * planes);
    }

    @Test
    void bottlenecks() {
        long firstResidual = stem(16) + inner(0, 0, 16) + norm(0, 64);
        long residual = firstResidual
                + 17 * bottleneck(0, 16, true)
                + bottleneckDown(1, 64, 32)
                + 17 * bottleneck(1, 32, true)
                + bottleneckDown(2, 128, 64)
                + 17 * bottleneck(2, 64, true)
                + end(256);
        assertThat(RevnetReproduction.savedBytes(
                        RevnetReproduction.NETWORKS.get(4).network()))
                .isEqualTo(residual);
        long reversible = stem(32)
                + inner(0, 0, 32)
                + norm(0, 128)
                + bottleneckDown(1, 128, 64)
                + bottleneckDown(2, 256, 128)
                + end(512);
        assertThat(RevnetReproduction.savedBytes(
                        RevnetReproduction.NETWORKS.get(5).network()))
                .isEqualTo(reversible);
    }

    @Test
    void everyFigureIsNearThePublishedOne() {
        for (Reproduction.Figure figure : new RevnetReproduction().figures()) {
            double published = Double.parseDouble(String.valueOf(figure.published()));
            assertThat(figure.ours()).as(figure.what()).isBetween(0.94 * published, 1.06 * published);
        }
    }
}
