package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;

/**
 * Exponential linear unit. Source: Clevert et al. 2016, Eq. (15).
 *
 * <pre>
 * y     = x where x &gt; 0, α (exp(x) − 1) elsewhere
 * shape : x [*] → y [*]
 * saves : y
 * vjp   : dx += dy where y &gt; 0, dy (y + α) elsewhere
 * </pre>
 *
 * @param alpha the limit for large negative x, negated; positive
 */
public record Elu(double alpha) implements KernelFunction {

    /** Checks that alpha is positive. */
    public Elu {
        Checks.require(alpha > 0, "elu", "alpha " + alpha + " must be positive");
    }

    /** x where x &gt; 0, α (exp(x) − 1) elsewhere. */
    public static Variable elu(Variable x, double alpha) {
        return x.tape().apply(new Elu(alpha), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.OUTPUT;
    }

    @Override
    public EltwiseKernel.Function function() {
        return EltwiseKernel.Function.ELU;
    }

    @Override
    public double alpha() {
        return alpha;
    }

    @Override
    public void gradient(GradientCall call) {
        Variable y = call.output();
        Variable positive = Gate.positive(y);
        // What an infinite y would be multiplied with is 0 here, and in the derivatives that follow.
        Variable curve = Scale.scale(Gate.whereNot(positive, y), 1, alpha);
        Variable curved = Gate.whereNot(positive, Multiply.multiply(call.dy(), curve));
        call.give(0, Add.add(Gate.where(positive, call.dy()), curved));
        positive.release();
    }
}
