package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Transposed;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/** The rule of the gradients of maxima over windows written with ops: each element of dy belongs to the pixel that won. */
final class WinningPixels {
    private WinningPixels() {}

    /** Where a tap of a window lies. */
    @FunctionalInterface
    interface Place {
        /** The pixel, counted in row-major order, of a tap of the window in row {@code i} and column {@code j} of y. */
        long pixel(long i, long j, int tap);
    }

    /** Gives the gradient of x [N, H, W, C] of an op whose extra 0 are the taps that won, [N, H', W', C]. */
    static void gradient(GradientCall call, Place place) {
        Shape x = call.spec(0).shape();
        Shape y = call.dy().shape();
        Shape pixels = Shape.of(x.dim(0), x.dim(1) * x.dim(2), x.dim(3));
        Variable dy = Reshape.reshape(call.dy(), y.dim(0), y.dim(1) * y.dim(2), y.dim(3));
        Variable winners = winners(call.extra(0), dy.shape(), y.dim(2), place);
        Variable dx = Transposed.transposed(new Gather(1), pixels, dy, List.of(winners));
        winners.release();
        call.give(0, Reshape.reshape(dx, x.toArray()));
    }

    private static Variable winners(Variable taps, Shape shape, long width, Place place) {
        Tensor winners = taps.tape().scope().allocate(shape, DType.INT);
        int channels = Math.toIntExact(shape.dim(2));
        for (long row = 0; winners.hasValues() && row < shape.dim(0) * shape.dim(1); row++) {
            HostLoop.Row from = HostLoop.row(taps.value(), row, channels);
            HostLoop.Row to = HostLoop.row(winners, row, channels);
            long window = row % shape.dim(1);
            for (int c = 0; c < channels; c++) {
                to.set(c, (double) place.pixel(window / width, window % width, (int) from.get(c)));
            }
        }
        Variable constant = taps.tape().constant(winners);
        winners.close();
        return constant;
    }
}
