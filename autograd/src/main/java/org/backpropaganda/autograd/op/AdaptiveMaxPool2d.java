package org.backpropaganda.autograd.op;

import java.util.Arrays;
import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Maximum of windows that divide an image of any size into height × width; they may overlap and differ in size by one.
 *
 * <pre>
 * y[n, i, j, c] = max of x over rows [⌊i·H/height⌋, ⌈(i+1)·H/height⌉) and the columns likewise
 * shape : x [N, H, W, C] → y [N, height, width, C]
 * saves : the winning tap's number, one byte an output element; four where a window has over 256 taps
 * vjp   : dx[winner] += dy; of equal values the first tap in row-major order wins
 * </pre>
 *
 * NaN is larger than any number; of several the last wins.
 *
 * @param height,width of y
 */
public record AdaptiveMaxPool2d(long height, long width) implements TwiceDifferentiable {
    private static final int TAPS_OF_A_BYTE = 256;

    /** Maximum of each window; a {@link MaxPool2d} where all windows are alike and small. */
    public static Variable adaptiveMaxPool2d(Variable x, long height, long width) {
        AdaptiveMaxPool2d op = new AdaptiveMaxPool2d(height, width);
        op.infer(List.of(x.spec()));
        Window window = AdaptiveWindows.sliding(x.shape(), height, width);
        return window != null && MaxPool2d.takes(window)
                ? MaxPool2d.maxPool2d(x, window)
                : x.tape().apply(op, x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return PoolShapes.resized(name(), in, height, width);
    }

    @Override
    public Saves saves(Operands operands) {
        Shape x = operands.spec(0).shape();
        long taps = (long) rows(x).longest() * columns(x).longest();
        DType dtype = taps <= TAPS_OF_A_BYTE ? DType.BYTE : DType.INT;
        return Saves.none()
                .extra("winning taps", new TensorSpec(infer(operands.specs()).shape(), dtype));
    }

    private AdaptiveWindows rows(Shape x) {
        return new AdaptiveWindows(x.dim(1), height);
    }

    private AdaptiveWindows columns(Shape x) {
        return new AdaptiveWindows(x.dim(2), width);
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor x = call.input(0);
        Tensor winners = call.extra(0);
        x.engine().parallel(x.shape().dim(0), 1, (from, to) -> {
            for (long n = from; n < to; n++) {
                findMaxima(x.shape(), image(n, x), image(n, call.output()), winners == null ? null : image(n, winners));
            }
        });
    }

    private static HostLoop.Row image(long number, Tensor images) {
        return HostLoop.row(
                images,
                number,
                Math.toIntExact(images.elements() / images.shape().dim(0)));
    }

    private void findMaxima(Shape shape, HostLoop.Row x, HostLoop.Row y, HostLoop.@Nullable Row winners) {
        AdaptiveWindows rows = rows(shape);
        AdaptiveWindows columns = columns(shape);
        int tapsInARow = columns.longest();
        int channels = Math.toIntExact(shape.dim(3));
        double[] most = new double[channels];
        int[] taps = new int[channels];
        forEach(channels, (at, i, j) -> {
            Arrays.fill(most, Double.NEGATIVE_INFINITY);
            Arrays.fill(taps, 0);
            for (int h = rows.start(i); h < rows.end(i); h++) {
                for (int w = columns.start(j); w < columns.end(j); w++) {
                    int tap = (h - rows.start(i)) * tapsInARow + w - columns.start(j);
                    keepLarger(x, pixel(shape, h, w), tap, most, taps);
                }
            }
            for (int c = 0; c < channels; c++) {
                y.set(at + c, most[c]);
                if (winners != null) {
                    winners.set(at + c, taps[c]);
                }
            }
        });
    }

    private static void keepLarger(HostLoop.Row x, int at, int tap, double[] most, int[] taps) {
        for (int c = 0; c < most.length; c++) {
            double value = x.get(at + c);
            if (value > most[c] || Double.isNaN(value)) {
                most[c] = value;
                taps[c] = tap;
            }
        }
    }

    private interface Visit {
        /** The channels from element {@code at} of an image of y on: row i, column j. */
        void accept(int at, int i, int j);
    }

    private void forEach(int channels, Visit visit) {
        int at = 0;
        for (int i = 0; i < height; i++) {
            for (int j = 0; j < width; j++) {
                visit.accept(at, i, j);
                at += channels;
            }
        }
    }

    private static int pixel(Shape x, int h, int w) {
        return (int) ((h * x.dim(2) + w) * x.dim(3));
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.temporary(call.spec(0).shape(), call.spec(0).dtype()).zero();
        dx.engine().parallel(dx.shape().dim(0), 1, (from, to) -> {
            for (long n = from; n < to; n++) {
                addToWinners(dx.shape(), image(n, call.dy()), image(n, call.extra(0)), image(n, dx));
            }
        });
        call.give(0, dx);
    }

    private void addToWinners(Shape shape, HostLoop.Row dy, HostLoop.Row winners, HostLoop.Row dx) {
        AdaptiveWindows rows = rows(shape);
        AdaptiveWindows columns = columns(shape);
        int tapsInARow = columns.longest();
        int channels = Math.toIntExact(shape.dim(3));
        forEach(channels, (at, i, j) -> {
            for (int c = 0; c < channels; c++) {
                int tap = (int) winners.get(at + c);
                int to = pixel(shape, rows.start(i) + tap / tapsInARow, columns.start(j) + tap % tapsInARow) + c;
                dx.set(to, dx.get(to) + dy.get(at + c));
            }
        });
    }

    @Override
    public void gradient(GradientCall call) {
        Shape x = call.spec(0).shape();
        AdaptiveWindows rows = rows(x);
        AdaptiveWindows columns = columns(x);
        int tapsInARow = columns.longest();
        WinningPixels.gradient(call, (i, j, tap) -> {
            long row = rows.start(i) + (long) tap / tapsInARow;
            return row * x.dim(2) + columns.start(j) + tap % tapsInARow;
        });
    }
}
