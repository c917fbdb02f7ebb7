package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.LinearOp;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Images of another size by linear interpolation along rows and columns, as PyTorch's {@code interpolate}; smaller ones
 * too, without a filter against aliasing.
 *
 * <pre>
 * y[n, i, j, c] = x at (r(i), s(j)), interpolated between the four pixels around
 * r(i)  = i · (H − 1) / (height − 1) with aligned corners (0 where height is 1),
 *         else max(0, (i + ½) · H / height − ½), constant beyond the last row; s likewise
 * shape : x [N, H, W, C] → y [N, height, width, C]
 * saves : nothing
 * vjp   : dx += dy spread by the same weights
 * </pre>
 *
 * @param height,width of y
 * @param alignCorners whether the outermost pixels' centres, rather than their edges, fall together
 */
public record UpsampleBilinear(long height, long width, boolean alignCorners) implements LinearOp {

    /** x at another size. */
    public static Variable upsampleBilinear(Variable x, long height, long width, boolean alignCorners) {
        return x.tape().apply(new UpsampleBilinear(height, width, alignCorners), x);
    }

    /** x with both sides {@code factor} times as long. */
    public static Variable upsampleBilinear(Variable x, int factor, boolean alignCorners) {
        Checks.rank("upsamplebilinear", "x", x.spec(), 4, "[N, H, W, C]");
        return upsampleBilinear(x, x.shape().dim(1) * factor, x.shape().dim(2) * factor, alignCorners);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return PoolShapes.resized(name(), in, height, width);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    private Resampling interpolation(Shape x) {
        return new Resampling(Taps.linear(x.dim(1), height, alignCorners), Taps.linear(x.dim(2), width, alignCorners));
    }

    @Override
    public void forward(ForwardCall call) {
        interpolation(call.input(0).shape()).forward(call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.temporary(call.spec(0).shape(), call.spec(0).dtype());
        interpolation(dx.shape()).transposed(call.dy(), dx);
        call.give(0, dx);
    }
}
