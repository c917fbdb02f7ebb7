package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.Tensor;

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
public record Log() implements KernelFunction {

    /** log(x). */
    public static Variable log(Variable x) {
        return x.tape().apply(new Log(), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.INPUT;
    }

    @Override
    public EltwiseKernel.Function function() {
        return EltwiseKernel.Function.LOG;
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        call.kernels().binary().apply(BinaryKernel.Function.DIVIDE, call.dy(), call.input(0), dx);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, Divide.divide(call.dy(), call.input(0)));
    }
}
