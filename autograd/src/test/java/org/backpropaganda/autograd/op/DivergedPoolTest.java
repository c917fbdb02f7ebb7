package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.SplittableRandom;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What poolings make of NaN and infinities, as PyTorch has it: NaN is the largest of all, and the last of several wins. */
class DivergedPoolTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;
    private static final double LEAST = -Float.MAX_VALUE;
    private static final Window PAIRS = new Window(1, 2, 1, 2, 0, 0, 1, 1);

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void aMaximumOverNaNIsNaN(DType dtype) {
        Golden golden = Golden.of(dtype, new MaxPool2d(PAIRS), in(1, 1, 8, 1).of(NAN, 1, 2, NAN, NAN, NAN, 3, 4));
        assertThat(golden.output()).containsExactly(NAN, NAN, NAN, 4.0);
        assertThat(golden.gradients().get(0)).containsExactly(1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void aMaximumOverInfinitiesIsOne(DType dtype) {
        Golden golden = Golden.of(
                dtype, new MaxPool2d(PAIRS), in(1, 1, 8, 1).of(-INF, -INF, -INF, LEAST, INF, 1, LEAST, LEAST));
        assertThat(golden.output()).containsExactly(-INF, LEAST, INF, LEAST);
        assertThat(golden.gradients().get(0)).containsExactly(1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0);
    }

    /** The padding is less than the least number. */
    @ParameterizedTest
    @ValueSource(doubles = {LEAST, Double.NEGATIVE_INFINITY, Double.NaN})
    void whatIsAloneInItsWindowGetsTheGradient(double value) {
        Golden golden = Golden.of(
                DType.FLOAT,
                new MaxPool2d(Window.square(2, 2, 1)),
                in(1, 1, 1, 1).of(value));
        assertThat(golden.output()).containsExactly(value);
        assertThat(golden.gradients().get(0)).containsExactly(1.0);
    }

    /** Wherever in a large image it lies, whatever the channels. */
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 17})
    void everyWindowThatSeesNaNIsNaN(int channels) {
        int side = 41;
        int at = new SplittableRandom(channels).nextInt(2 * side * side * channels);
        Golden golden = Golden.of(
                DType.FLOAT,
                new MaxPool2d(Window.square(3, 2, 1)),
                in(2, side, side, channels).with((shape, random) -> {
                    double[] drawn = random.doubles(shape.elements(), -2, 2).toArray();
                    drawn[at] = NAN;
                    return drawn;
                }));
        int row = at / channels / side % side;
        int column = at / channels % side;
        double windows = (1.0 + row % 2) * (1.0 + column % 2);
        assertThat(golden.output().stream().filter(y -> y.isNaN()).count()).isEqualTo((long) windows);
        assertThat(golden.gradients().get(0).get(at)).isEqualTo(windows);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void aMeanOverNaNIsNaN(DType dtype) {
        for (boolean countPadding : new boolean[] {false, true}) {
            Golden golden = Golden.of(
                    dtype, new AvgPool2d(PAIRS, countPadding), in(1, 1, 8, 1).of(NAN, 1, INF, 1, INF, -INF, 2, 3));
            assertThat(golden.output()).containsExactly(NAN, INF, NAN, 2.5);
            assertThat(golden.gradients().get(0)).containsOnly(0.5);
        }
    }

    /** Windows of two pixels that share the one in the middle. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void adaptivePoolingsToo(DType dtype) {
        Golden most =
                Golden.of(dtype, new AdaptiveMaxPool2d(1, 2), in(1, 1, 3, 1).of(1, NAN, NAN));
        assertThat(most.output()).containsExactly(NAN, NAN);
        assertThat(most.gradients().get(0)).containsExactly(0.0, 1.0, 1.0);
        Golden least =
                Golden.of(dtype, new AdaptiveMaxPool2d(1, 2), in(1, 1, 3, 1).of(-INF, -INF, INF));
        assertThat(least.output()).containsExactly(-INF, INF);
        assertThat(least.gradients().get(0)).containsExactly(1.0, 0.0, 1.0);
        Golden mean =
                Golden.of(dtype, new AdaptiveAvgPool2d(1, 2), in(1, 1, 3, 1).of(1, 2, NAN));
        assertThat(mean.output()).containsExactly(1.5, NAN);
        assertThat(mean.gradients().get(0)).containsExactly(0.5, 1.0, 0.5);
    }

    /** A single tap has no neighbour to be away from. */
    @Test
    void theDilationOfASingleTapMeansNothing() {
        Golden golden = Golden.of(
                DType.FLOAT,
                new AvgPool2d(new Window(1, 2, 1, 2, 0, 0, 3, 1), false),
                in(1, 1, 4, 1).of(1, 2, 3, 5));
        assertThat(golden.output()).containsExactly(1.5, 4.0);
    }
}
