package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.LinearOp;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Mean of windows that divide an image of any size into height × width; they may overlap and differ in size by one.
 *
 * <pre>
 * y[n, i, j, c] = mean of x over rows [⌊i·H/height⌋, ⌈(i+1)·H/height⌉) and the columns likewise
 * shape : x [N, H, W, C] → y [N, height, width, C]
 * saves : nothing
 * vjp   : dx[tap] += dy / count
 * </pre>
 *
 * @param height,width of y
 */
public record AdaptiveAvgPool2d(long height, long width) implements LinearOp {

    /** Mean of each window; an {@link AvgPool2d} where all windows are alike. */
    public static Variable adaptiveAvgPool2d(Variable x, long height, long width) {
        AdaptiveAvgPool2d op = new AdaptiveAvgPool2d(height, width);
        op.infer(List.of(x.spec()));
        Window window = AdaptiveWindows.sliding(x.shape(), height, width);
        return window != null ? AvgPool2d.avgPool2d(x, window) : x.tape().apply(op, x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return PoolShapes.resized(name(), in, height, width);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    private Resampling means(Shape x) {
        return new Resampling(Taps.means(x.dim(1), height), Taps.means(x.dim(2), width));
    }

    @Override
    public void forward(ForwardCall call) {
        means(call.input(0).shape()).forward(call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.temporary(call.spec(0).shape(), call.spec(0).dtype());
        means(dx.shape()).transposed(call.dy(), dx);
        call.give(0, dx);
    }
}
