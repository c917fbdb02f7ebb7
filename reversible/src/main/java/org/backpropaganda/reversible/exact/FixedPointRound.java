package org.backpropaganda.reversible.exact;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Rounding to a grid, straight through in backward. Numbers out of range are refused.
 *
 * <pre>
 * y     = Q(x)
 * shape : x [*] → y [*]
 * saves : nothing
 * vjp   : dx += dy
 * </pre>
 *
 * @param grid rounded to
 */
record FixedPointRound(FixedPoint grid) implements TwiceDifferentiable {

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        if (in.size() != 1 || !in.get(0).dtype().isDifferentiable()) {
            throw new ShapeException(name() + ": takes one tensor, FLOAT or DOUBLE, not " + in);
        }
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public void forward(ForwardCall call) {
        GridLoop.round(grid, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        call.pass(0);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, call.dy());
    }
}
