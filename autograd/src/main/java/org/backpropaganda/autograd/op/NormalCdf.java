package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.ErrorFunction;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

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
public record NormalCdf() implements TwiceDifferentiable {
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
        HostLoop.map(call.output(), (x, same) -> ErrorFunction.normal(x), call.input(0), call.input(0));
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        HostLoop.map(dx, (dy, x) -> dy * HEIGHT * Math.exp(-x * x / 2), call.dy(), call.input(0));
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, Multiply.multiply(call.dy(), density(Clamp.clamp(call.input(0), -FAR, FAR))));
    }
}
