package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * The input itself, as a share of its bytes. While it lives, nothing may work in place on the input.
 *
 * <pre>
 * y     = x
 * shape : x [*] → y [*]
 * saves : nothing
 * vjp   : dx += dy
 * </pre>
 */
public record Identity() implements TwiceDifferentiable {

    /** A second holder of the same bytes. */
    public static Variable hold(Variable x) {
        return x.tape().apply(new Identity(), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public boolean isView() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        throw new IllegalStateException("a view has no forward");
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
