package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;

/**
 * Logistic function.
 *
 * <pre>
 * y     = 1 / (1 + exp(−x))
 * shape : x [*] → y [*]
 * saves : y
 * vjp   : dx += dy y (1 − y)
 * </pre>
 */
public record Sigmoid() implements KernelFunction {

    /** 1 / (1 + exp(−x)). */
    public static Variable sigmoid(Variable x) {
        return x.tape().apply(new Sigmoid(), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.OUTPUT;
    }

    @Override
    public EltwiseKernel.Function function() {
        return EltwiseKernel.Function.SIGMOID;
    }

    @Override
    public void gradient(GradientCall call) {
        Variable y = call.output();
        call.give(0, Multiply.multiply(call.dy(), Multiply.multiply(y, Scale.scale(y, -1, 1))));
    }
}
