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

class Nd4jConvolutionTest {
    @Provide
    Arbitrary<WindowShapes> windows() {
        return WindowShapes.any(false);
    }

    @Property(tries = 150)
    void isTheSumOverTaps(
            @ForAll("windows") WindowShapes shapes,
            @ForAll @IntRange(min = 1, max = 3) int groups,
            @ForAll @IntRange(min = 1, max = 3) int inputsEach,
            @ForAll @IntRange(min = 1, max = 3) int outputsEach,
            @ForAll boolean flag) {
        check(shapes, groups, inputsEach, outputsEach, flag);
    }

    @Test
    void takesSeveralTilesAndThreads() {
        check(new WindowShapes(Window.square(3, 1, 1), 3, 33, 31), 1, 32, 2, false);
        check(new WindowShapes(Window.square(3, 2, 1), 11, 33, 31), 2, 16, 2, true);
        check(new WindowShapes(Window.square(1, 1, 0), 3, 33, 31), 2, 16, 4, true);
        check(new WindowShapes(new Window(3, 3, 1, 2, 2, 4, 2, 3), 4, 33, 31), 32, 1, 1, false);
    }

    /** {@code flag}: with bias forward, accumulating backward. */
    private static void check(WindowShapes s, int groups, int inputsEach, int outputsEach, boolean flag) {
        try (Sandbox box = new Sandbox()) {
            Window window = s.window();
            Tensor x = box.random(s.images(), s.height(), s.width(), (long) groups * inputsEach);
            Tensor w = box.random((long) groups * outputsEach, inputsEach, window.kernelH(), window.kernelW());
            Tensor bias = flag ? box.random((long) groups * outputsEach) : null;
            Tensor dy = box.random(s.images(), s.outH(), s.outW(), (long) groups * outputsEach);
            Tensor y = box.empty(dy.shape());
            Tensor dx = flag ? box.random(x.shape().toArray()) : box.empty(x.shape());
            Tensor dw = flag ? box.random(w.shape().toArray()) : box.empty(w.shape());

            double[] ys = new double[(int) y.elements()];
            double[] dxs = flag ? dx.toDoubles() : new double[(int) x.elements()];
            double[] dws = flag ? dw.toDoubles() : new double[(int) w.elements()];
            double[] xs = x.toDoubles();
            double[] ws = w.toDoubles();
            double[] dys = dy.toDoubles();
            double[] biases = bias == null ? new double[groups * outputsEach] : bias.toDoubles();
            Shape taps = Shape.of(inputsEach, window.kernelH(), window.kernelW());
            Sandbox.forEach(y.shape(), (out, at) -> {
                ys[at] = biases[(int) out[3]];
                long group = out[3] / outputsEach;
                Sandbox.forEach(taps, (tap, tapAt) -> {
                    long row = out[1] * window.strideH() - window.padH() + tap[1] * window.dilationH();
                    long column = out[2] * window.strideW() - window.padW() + tap[2] * window.dilationW();
                    if (row >= 0 && row < s.height() && column >= 0 && column < s.width()) {
                        int xAt = Sandbox.broadcastAt(
                                x.shape(), new long[] {out[0], row, column, group * inputsEach + tap[0]});
                        int wAt = Sandbox.broadcastAt(w.shape(), new long[] {out[3], tap[0], tap[1], tap[2]});
                        ys[at] += xs[xAt] * ws[wAt];
                        dxs[xAt] += dys[at] * ws[wAt];
                        dws[wAt] += dys[at] * xs[xAt];
                    }
                });
            });

            box.call(() -> box.kernels.convolution().forward(window, groups, x, w, bias, y));
            box.call(() -> box.kernels.convolution().backwardData(window, groups, dy, w, dx, flag));
            box.call(() -> box.kernels.convolution().backwardWeights(window, groups, x, dy, dw, flag));
            Sandbox.assertClose(y, ys);
            Sandbox.assertClose(dx, dxs);
            Sandbox.assertClose(dw, dws);
        }
    }

    @Test
    void repeatsBitForBit() {
        try (Sandbox box = new Sandbox()) {
            Window window = Window.square(3, 1, 1);
            Tensor x = box.random(4, 32, 32, 16);
            Tensor w = box.random(16, 16, 3, 3);
            Tensor dy = box.random(4, 32, 32, 16);
            double[][] runs = new double[2][];
            for (int run = 0; run < 2; run++) {
                Tensor y = box.empty(dy.shape());
                Tensor dx = box.empty(x.shape());
                Tensor dw = box.empty(w.shape());
                box.kernels.convolution().forward(window, 1, x, w, null, y);
                box.kernels.convolution().backwardData(window, 1, dy, w, dx, false);
                box.kernels.convolution().backwardWeights(window, 1, x, dy, dw, false);
                double[][] parts = {y.toDoubles(), dx.toDoubles(), dw.toDoubles()};
                runs[run] = Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
            }
            assertThat(runs[1]).isEqualTo(runs[0]);
        }
    }
}
