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
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Natural logarithm; −∞ at 0, NaN below.
 *
 * <pre>
 * y     = log(x)
 * shape : x [*] → y [*]
 * saves : x
 * vjp   : dx += dy / x; the derivative at 0 is infinite
 * </pre>
 */
public record Log() implements TwiceDifferentiable {

    /** log(x). */
    public static Variable log(Variable x) {
        return x.tape().apply(new Log(), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(0);
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().eltwise().forward(EltwiseKernel.Function.LOG, 0, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        call.kernels().binary().apply(BinaryKernel.Function.DIVIDE, call.dy(), call.input(0), dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, Divide.divide(call.dy(), call.input(0)));
    }
}
