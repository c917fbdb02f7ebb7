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
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Mean over axes.
 *
 * <pre>
 * y     = Σ x / n, n the number of elements summed
 * shape : x [*] → y [* without the axes], or with 1 in their place
 * saves : nothing
 * vjp   : dx += dy / n, broadcast
 * </pre>
 *
 * @param axes non-negative, ascending
 * @param keepAxes whether summed axes stay, with size 1
 */
public record Mean(List<Integer> axes, boolean keepAxes) implements TwiceDifferentiable {

    /** Over the given axes, which may count from the end; over all of them where none is given. */
    public static Variable mean(Variable x, int... axes) {
        return x.tape().apply(new Mean(Axes.of(x.shape(), axes), false), x);
    }

    /** Over the given axes, which stay with size 1. */
    public static Variable meanKeepingAxes(Variable x, int... axes) {
        return x.tape().apply(new Mean(Axes.of(x.shape(), axes), true), x);
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
        double count = (double) call.input(0).elements() / y.elements();
        call.kernels().eltwise().forward(EltwiseKernel.Function.SCALE, 1 / count, y, y);
        y.close();
    }

    @Override
    public void vjp(BackwardCall call) {
        Shape kept = Axes.removed(name(), call.spec(0).shape(), axes, true);
        Tensor scaled = call.temporary(kept, call.dy().dtype());
        double count = (double) call.spec(0).shape().elements() / call.dy().elements();
        call.kernels().eltwise().forward(EltwiseKernel.Function.SCALE, 1 / count, call.dy(), scaled);
        Tensor dx = call.temporary(call.spec(0).shape(), call.spec(0).dtype()).zero();
        call.kernels().binary().apply(BinaryKernel.Function.ADD, dx, scaled, dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Shape x = call.spec(0).shape();
        Shape kept = Axes.removed(name(), x, axes, true);
        double share = (double) call.dy().shape().elements() / x.elements();
        Variable scaled = Scale.scale(call.dy(), share);
        call.give(0, Expand.expand(Reshape.reshape(scaled, kept.toArray()), x));
    }
}
