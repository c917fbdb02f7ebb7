package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Sum over axes.
 *
 * <pre>
 * y     = Σ x
 * shape : x [*] → y [* without the axes], or with 1 in their place
 * saves : nothing
 * vjp   : dx += dy, broadcast
 * </pre>
 *
 * @param axes non-negative, ascending
 * @param keepAxes whether summed axes stay, with size 1
 */
public record Sum(List<Integer> axes, boolean keepAxes) implements TwiceDifferentiable {

    /** Over the given axes, which may count from the end; over all of them where none is given. */
    public static Variable sum(Variable x, int... axes) {
        return x.tape().apply(new Sum(Axes.of(x.shape(), axes), false), x);
    }

    /** Over the given axes, which stay with size 1. */
    public static Variable sumKeepingAxes(Variable x, int... axes) {
        return x.tape().apply(new Sum(Axes.of(x.shape(), axes), true), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        return in.get(0).with(Axes.removed(name(), in.get(0).shape(), axes, keepAxes));
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor x = call.input(0);
        Tensor y = call.view(call.output(), Axes.removed(name(), x.shape(), axes, true));
        call.kernels().reduction().sum(x, y, false);
        y.close();
    }

    @Override
    public void vjp(BackwardCall call) {
        Shape kept = Axes.removed(name(), call.spec(0).shape(), axes, true);
        Tensor dy = call.view(call.dy(), kept);
        Tensor dx = call.temporary(call.spec(0).shape(), call.spec(0).dtype()).zero();
        call.kernels().binary().apply(BinaryKernel.Function.ADD, dx, dy, dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Shape x = call.spec(0).shape();
        Shape kept = Axes.removed(name(), x, axes, true);
        call.give(0, Expand.expand(Reshape.reshape(call.dy(), kept.toArray()), x));
    }
}
