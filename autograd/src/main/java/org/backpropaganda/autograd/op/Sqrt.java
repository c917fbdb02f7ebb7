package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Square root; NaN for negative x.
 *
 * <pre>
 * y     = √x
 * shape : x [*] → y [*]
 * saves : y
 * vjp   : dx += dy / 2y; the derivative at 0 is infinite
 * </pre>
 */
public record Sqrt() implements TwiceDifferentiable {

    /** √x. */
    public static Variable sqrt(Variable x) {
        return x.tape().apply(new Sqrt(), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().andOutput();
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().eltwise().forward(EltwiseKernel.Function.SQRT, 0, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        call.kernels().eltwise().backwardFromOutput(EltwiseKernel.Function.SQRT, 0, call.output(), call.dy(), dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, Divide.divide(call.dy(), Scale.scale(call.output(), 2)));
    }
}
