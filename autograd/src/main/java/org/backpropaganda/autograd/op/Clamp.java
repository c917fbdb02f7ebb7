package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.kernel.SignBits;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Limits to an interval.
 *
 * <pre>
 * y     = min(max(x, low), high)
 * shape : x [*] → y [*]
 * saves : whether low ≤ x ≤ high, one bit an element
 * vjp   : dx += dy where low ≤ x ≤ high, 0 elsewhere; the derivative at the limits is 1
 * </pre>
 *
 * @param low may be −∞
 * @param high may be ∞, and is not below low
 */
public record Clamp(double low, double high) implements Elementwise {

    /** Checks the order of the limits. */
    public Clamp {
        Checks.require(low <= high, "clamp", "limits " + low + " and " + high + " are in no order");
    }

    /** x, but not below low and not above high. */
    public static Variable clamp(Variable x, double low, double high) {
        return x.tape().apply(new Clamp(low, high), x);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().extra("inside", new TensorSpec(operands.spec(0).shape(), DType.BIT));
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor inside = call.extra(0);
        if (inside != null) {
            markInside(call.input(0), call.output());
            SignBits.pack(call.output(), inside);
        }
        HostLoop.run(1, FloatLoops.clamp(low, high), DoubleLoops.clamp(low, high), call.output(), call.input(0));
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        SignBits.select(call.dy(), call.extra(0), 0, dx);
    }

    /** Writes 1 where x is inside, 0 elsewhere. */
    private void markInside(Tensor x, Tensor marks) {
        HostLoop.run(1, FloatLoops.inside(low, high), DoubleLoops.inside(low, high), marks, x);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, Gate.where(call.extra(0), call.dy()));
    }
}
