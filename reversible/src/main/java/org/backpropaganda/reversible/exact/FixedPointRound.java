package org.backpropaganda.reversible.exact;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.op.Elementwise;
import org.backpropaganda.autograd.tensor.Tensor;

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
record FixedPointRound(FixedPoint grid) implements Elementwise {

    @Override
    public void forward(ForwardCall call) {
        GridLoop.round(grid, call.input(0), call.output());
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        throw new IllegalStateException("the gradient is passed on as it is");
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
