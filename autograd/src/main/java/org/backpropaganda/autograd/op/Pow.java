package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;

/**
 * Power with a constant exponent; NaN for negative x unless the exponent is an integer.
 *
 * <pre>
 * y     = x^p
 * shape : x [*] → y [*]
 * saves : x
 * vjp   : dx += dy p x^(p − 1); the derivative at 0 is infinite for p &lt; 1, and 0 for p = 0
 * </pre>
 *
 * @param exponent p
 */
public record Pow(double exponent) implements KernelFunction {

    /** x to the power of the exponent. */
    public static Variable pow(Variable x, double exponent) {
        return x.tape().apply(new Pow(exponent), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.INPUT;
    }

    @Override
    public EltwiseKernel.Function function() {
        return EltwiseKernel.Function.POW;
    }

    @Override
    public double alpha() {
        return exponent;
    }

    @Override
    public void gradient(GradientCall call) {
        // Zero, but for NaN, and infinite x too.
        Variable slope = exponent == 0
                ? Scale.scale(Clamp.clamp(call.input(0), -1, 1), 0)
                : Scale.scale(pow(call.input(0), exponent - 1), exponent);
        call.give(0, Multiply.multiply(call.dy(), slope));
    }
}
