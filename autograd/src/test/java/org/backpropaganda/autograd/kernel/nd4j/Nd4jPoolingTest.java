package org.backpropaganda.autograd.kernel.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;

class Nd4jPoolingTest {
    @Provide
    Arbitrary<WindowShapes> windows() {
        return WindowShapes.any(true);
    }

    @Property(tries = 150)
    void takesTheFirstMaximum(
            @ForAll("windows") WindowShapes shapes,
            @ForAll @IntRange(min = 1, max = 5) int channels,
            @ForAll boolean ties) {
        checkMaximum(shapes, channels, ties);
    }

    @Property(tries = 150)
    void takesTheMean(
            @ForAll("windows") WindowShapes shapes,
            @ForAll @IntRange(min = 1, max = 5) int channels,
            @ForAll boolean countPadding) {
        checkMean(shapes, channels, countPadding);
    }

    @Test
    void worksOnSeveralThreads() {
        WindowShapes shapes = new WindowShapes(Window.square(3, 2, 1), 5, 33, 31);
        checkMaximum(shapes, 16, false);
        checkMean(shapes, 16, true);
        checkMean(shapes, 16, false);
    }

    @Test
    void windowsInThePaddingHaveNoMaximumAndNoGradient() {
        try (Sandbox box = new Sandbox()) {
            Window window = Window.square(1, 1, 1);
            Tensor x = box.random(1, 1, 1, 2);
            Tensor y = box.empty(1, 3, 3, 2);
            Tensor indices = box.bytes(y.shape());
            Tensor dx = box.empty(x.shape());
            box.call(() -> box.kernels.pooling().maxForward(window, x, y, indices));
            box.call(() -> box.kernels.pooling().maxBackward(window, y, indices, dx));
            assertThat(y.toDoubles()).containsOnlyOnce(x.toDoubles());
            assertThat(y.toDoubles()[0]).isEqualTo(Double.NEGATIVE_INFINITY);
            assertThat(dx.toDoubles()).isEqualTo(x.toDoubles());
        }
    }

    private static void checkMaximum(WindowShapes s, int channels, boolean ties) {
        try (Sandbox box = new Sandbox()) {
            Tensor x = box.random(s.images(), s.height(), s.width(), channels);
            if (ties) {
                x.set(Arrays.stream(x.toDoubles()).map(Math::floor).toArray());
            }
            Tensor dy = box.random(s.images(), s.outH(), s.outW(), channels);
            Tensor y = box.empty(dy.shape());
            Tensor alone = box.empty(dy.shape());
            Tensor indices = box.bytes(dy.shape());
            Tensor dx = box.empty(x.shape());
            double[] ys = new double[(int) y.elements()];
            double[] taps = new double[(int) y.elements()];
            double[] dxs = new double[(int) x.elements()];
            double[] xs = x.toDoubles();
            double[] dys = dy.toDoubles();
            Arrays.fill(ys, Double.NEGATIVE_INFINITY);
            Sandbox.forEach(y.shape(), (out, at) -> {
                int[] winner = {-1};
                forEachTap(s, out, (xAt, tap) -> {
                    int position = Sandbox.broadcastAt(x.shape(), xAt);
                    if (xs[position] > ys[at]) {
                        ys[at] = xs[position];
                        taps[at] = tap;
                        winner[0] = position;
                    }
                });
                if (winner[0] >= 0) {
                    dxs[winner[0]] += dys[at];
                }
            });
            box.call(() -> box.kernels.pooling().maxForward(s.window(), x, y, indices));
            box.call(() -> box.kernels.pooling().maxForward(s.window(), x, alone, null));
            box.call(() -> box.kernels.pooling().maxBackward(s.window(), dy, indices, dx));
            assertThat(y.toDoubles()).isEqualTo(ys);
            assertThat(alone.toDoubles()).isEqualTo(ys);
            assertThat(indices.toDoubles()).isEqualTo(taps);
            Sandbox.assertClose(dx, dxs);
        }
    }

    private static void checkMean(WindowShapes s, int channels, boolean countPadding) {
        try (Sandbox box = new Sandbox()) {
            Tensor x = box.random(s.images(), s.height(), s.width(), channels);
            Tensor dy = box.random(s.images(), s.outH(), s.outW(), channels);
            Tensor y = box.empty(dy.shape());
            Tensor dx = box.empty(x.shape());
            double[] ys = new double[(int) y.elements()];
            double[] dxs = new double[(int) x.elements()];
            double[] xs = x.toDoubles();
            double[] dys = dy.toDoubles();
            Sandbox.forEach(y.shape(), (out, at) -> {
                int[] inside = {0};
                forEachTap(s, out, (xAt, tap) -> inside[0]++);
                int count = countPadding ? s.window().kernelH() * s.window().kernelW() : inside[0];
                forEachTap(s, out, (xAt, tap) -> {
                    int position = Sandbox.broadcastAt(x.shape(), xAt);
                    ys[at] += xs[position] / count;
                    dxs[position] += dys[at] / count;
                });
            });
            box.call(() -> box.kernels.pooling().averageForward(s.window(), countPadding, x, y));
            box.call(() -> box.kernels.pooling().averageBackward(s.window(), countPadding, dy, dx));
            Sandbox.assertClose(y, ys);
            Sandbox.assertClose(dx, dxs);
        }
    }

    /** The taps of a window that lie inside the image, with their numbers. */
    private static void forEachTap(WindowShapes s, long[] out, Sandbox.IndexBody body) {
        Window window = s.window();
        Sandbox.forEach(Shape.of(window.kernelH(), window.kernelW()), (tap, number) -> {
            long row = out[1] * window.strideH() - window.padH() + tap[0] * window.dilationH();
            long column = out[2] * window.strideW() - window.padW() + tap[1] * window.dilationW();
            if (row >= 0 && row < s.height() && column >= 0 && column < s.width()) {
                body.accept(new long[] {out[0], row, column, out[3]}, number);
            }
        });
    }
}
