package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * The larger of two, with broadcasting as in NumPy.
 *
 * <pre>
 * y     = max(a, b)
 * shape : a [*], b [*] → y [* broadcast]
 * saves : whether b &gt; a, one bit an element of y
 * vjp   : db += dy where b &gt; a, da += dy elsewhere, summed over broadcast axes; of equals the first has the gradient
 * </pre>
 */
public record Maximum() implements TwiceDifferentiable {

    /** The larger of a and b. */
    public static Variable maximum(Variable a, Variable b) {
        return a.tape().apply(new Maximum(), a, b);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return Broadcasting.infer(name(), in);
    }

    @Override
    public Saves saves(Operands operands) {
        return Choice.saves(
                Shape.broadcast(operands.spec(0).shape(), operands.spec(1).shape()));
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        Choice.markSecond(call, 1, 0);
        call.kernels().binary().apply(BinaryKernel.Function.MAXIMUM, call.input(0), call.input(1), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Choice.vjp(call, 0, 1);
    }

    @Override
    public void gradient(GradientCall call) {
        Choice.gradient(call, 0, 1);
    }
}
