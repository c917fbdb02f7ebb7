package org.backpropaganda.reversible.exact;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Sum or difference of two tensors that are rounded to a grid, straight through in backward. It is exact, or refused as out of
 * range.
 *
 * <pre>
 * y     = Q(x) ± Q(v)
 * shape : x [*], v [*] → y [*]
 * saves : nothing
 * vjp   : dx += dy; dv ±= dy
 * </pre>
 *
 * y takes the bytes of v where nobody else holds them.
 *
 * @param grid rounded to
 * @param sign of v: 1 or −1
 */
record FixedPointSum(FixedPoint grid, int sign) implements TwiceDifferentiable {

    static Variable sum(FixedPoint grid, Variable x, Variable v) {
        return FixedPoint.apply(new FixedPointSum(grid, 1), x, v);
    }

    static Variable difference(FixedPoint grid, Variable x, Variable v) {
        return FixedPoint.apply(new FixedPointSum(grid, -1), x, v);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        if (in.size() != 2 || !in.get(0).equals(in.get(1)) || !in.get(0).dtype().isDifferentiable()) {
            throw new ShapeException(name() + ": takes two tensors of one shape, both FLOAT or both DOUBLE, not " + in);
        }
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public int overwrites() {
        return 1;
    }

    @Override
    public void forward(ForwardCall call) {
        GridLoop.sum(grid, sign, call.input(0), call.input(1), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        if (call.needs(0)) {
            call.pass(0);
        }
        if (call.needs(1)) {
            if (sign > 0) {
                call.pass(1);
            } else {
                Tensor dv = call.temporary(call.dy().shape(), call.dy().dtype());
                call.kernels().eltwise().forward(EltwiseKernel.Function.SCALE, -1, call.dy(), dv);
                call.give(1, dv);
            }
        }
    }

    @Override
    public void gradient(GradientCall call) {
        if (call.needs(0)) {
            call.give(0, call.dy());
        }
        if (call.needs(1)) {
            call.give(1, sign > 0 ? call.dy() : Scale.scale(call.dy(), -1));
        }
    }
}
