package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;

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
public record Sqrt() implements KernelFunction {

    /** √x. */
    public static Variable sqrt(Variable x) {
        return x.tape().apply(new Sqrt(), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.OUTPUT;
    }

    @Override
    public EltwiseKernel.Function function() {
        return EltwiseKernel.Function.SQRT;
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, Divide.divide(call.dy(), Scale.scale(call.output(), 2)));
    }
}
