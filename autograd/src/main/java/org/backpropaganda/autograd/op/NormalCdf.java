package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.ErrorFunction;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * The distribution function of the standard normal, (1 + erf(x / √2)) / 2.
 *
 * <pre>
 * y     = Φ(x)
 * shape : x [*] → y [*]
 * saves : x
 * vjp   : dx += dy φ(x), φ(x) = exp(−x² / 2) / √(2π)
 * </pre>
 */
public record NormalCdf() implements Elementwise {
    /** Beyond it the density underflows, and its derivatives do. */
    private static final double FAR = 40;

    private static final double HEIGHT = 1 / Math.sqrt(2 * Math.PI);

    /** Φ(x). */
    public static Variable normalCdf(Variable x) {
        return x.tape().apply(new NormalCdf(), x);
    }

    /** φ(x), its derivative. */
    static Variable density(Variable x) {
        return Scale.scale(Exp.exp(Scale.scale(Multiply.multiply(x, x), -0.5)), HEIGHT);
    }

    @Override
    public String name() {
        return "normalCdf";
    }

    @Override
    public Keeps keeps() {
        return Keeps.INPUT;
    }

    @Override
    public void forward(ForwardCall call) {
        HostLoop.map(call.output(), x -> ErrorFunction.normal(x), call.input(0));
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        HostLoop.map(dx, (dy, x) -> dy * HEIGHT * Math.exp(-x * x / 2), call.dy(), call.input(0));
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, Multiply.multiply(call.dy(), density(Clamp.clamp(call.input(0), -FAR, FAR))));
    }
}
