package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;

/**
 * Hyperbolic tangent.
 *
 * <pre>
 * y     = tanh(x)
 * shape : x [*] → y [*]
 * saves : y
 * vjp   : dx += dy (1 − y²)
 * </pre>
 */
public record Tanh() implements KernelFunction {

    /** tanh(x). */
    public static Variable tanh(Variable x) {
        return x.tape().apply(new Tanh(), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.OUTPUT;
    }

    @Override
    public EltwiseKernel.Function function() {
        return EltwiseKernel.Function.TANH;
    }

    @Override
    public void gradient(GradientCall call) {
        Variable y = call.output();
        // 1 − y² would cancel near the limits.
        Variable slope = Multiply.multiply(Scale.scale(y, -1, 1), Scale.scale(y, 1, 1));
        call.give(0, Multiply.multiply(call.dy(), slope));
    }
}
