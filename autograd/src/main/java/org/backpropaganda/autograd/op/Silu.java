package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;

/**
 * Sigmoid-weighted linear unit, or swish. Sources: Elfwing et al. 2017, "Sigmoid-Weighted Linear Units for Neural Network
 * Function Approximation in Reinforcement Learning", Eq. (1); Ramachandran et al. 2017, "Searching for Activation
 * Functions", with β = 1.
 *
 * <pre>
 * y     = x σ(x), σ(x) = 1 / (1 + exp(−x))
 * shape : x [*] → y [*]
 * saves : x; y does not tell it, because the function is not monotonic
 * vjp   : dx += dy σ(x) (1 + x (1 − σ(x)))
 * </pre>
 */
public record Silu() implements KernelFunction {
    /** Beyond it σ is 0 or 1, and the derivative constant. */
    private static final double FAR = 800;

    /** x σ(x). */
    public static Variable silu(Variable x) {
        return x.tape().apply(new Silu(), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.INPUT;
    }

    @Override
    public EltwiseKernel.Function function() {
        return EltwiseKernel.Function.SILU;
    }

    @Override
    public void gradient(GradientCall call) {
        Variable x = Clamp.clamp(call.input(0), -FAR, FAR);
        Variable rest = Scale.scale(Multiply.multiply(x, Sigmoid.sigmoid(Scale.scale(x, -1))), 1, 1);
        call.give(0, Multiply.multiply(call.dy(), Multiply.multiply(Sigmoid.sigmoid(x), rest)));
    }
}
