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
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Difference, with broadcasting as in NumPy.
 *
 * <pre>
 * y     = a − b
 * shape : a [*], b [*] → y [* broadcast]
 * saves : nothing
 * vjp   : da += dy; db −= dy, summed over broadcast axes
 * </pre>
 */
public record Subtract() implements TwiceDifferentiable {

    /** a − b. */
    public static Variable subtract(Variable a, Variable b) {
        return a.tape().apply(new Subtract(), a, b);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return Broadcasting.infer(name(), in);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().binary().apply(BinaryKernel.Function.SUBTRACT, call.input(0), call.input(1), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        if (call.needs(0)) {
            call.pass(0);
        }
        if (call.needs(1)) {
            Tensor db = call.temporary(call.dy().shape(), call.dy().dtype());
            call.kernels().eltwise().forward(EltwiseKernel.Function.SCALE, -1, call.dy(), db);
            call.give(1, db);
        }
    }

    @Override
    public void gradient(GradientCall call) {
        if (call.needs(0)) {
            call.give(0, Broadcasting.undo(call.dy(), call.spec(0).shape()));
        }
        if (call.needs(1)) {
            call.give(
                    1,
                    Broadcasting.undo(Scale.scale(call.dy(), -1), call.spec(1).shape()));
        }
    }
}
