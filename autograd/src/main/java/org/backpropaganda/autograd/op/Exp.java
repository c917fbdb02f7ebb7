package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Exponential.
 *
 * <pre>
 * y     = exp(x)
 * shape : x [*] → y [*]
 * saves : y
 * vjp   : dx += dy y
 * </pre>
 */
public record Exp() implements KernelFunction {

    /** exp(x). */
    public static Variable exp(Variable x) {
        return x.tape().apply(new Exp(), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.OUTPUT;
    }

    @Override
    public EltwiseKernel.Function function() {
        return EltwiseKernel.Function.EXP;
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        call.kernels().binary().apply(BinaryKernel.Function.MULTIPLY, call.dy(), call.output(), dx);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, Multiply.multiply(call.dy(), call.output()));
    }
}
