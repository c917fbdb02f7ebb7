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
 * Repetition along axes of size 1, and along new axes in front, as NumPy broadcasts.
 *
 * <pre>
 * y     = x, repeated
 * shape : x [*] → y [the given sizes]
 * saves : nothing
 * vjp   : dx += Σ dy over the repetitions
 * </pre>
 *
 * @param shape of the output
 */
public record Expand(Shape shape) implements TwiceDifferentiable {

    /** x, repeated to a shape. */
    public static Variable expand(Variable x, Shape shape) {
        return x.tape().apply(new Expand(shape), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        Shape x = in.get(0).shape();
        Shape both = Checks.named(name(), () -> Shape.broadcast(x, shape));
        Checks.require(both.equals(shape), name(), "x " + x + " does not broadcast to " + shape);
        return in.get(0).with(shape);
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
        call.output().zero();
        call.kernels().binary().apply(BinaryKernel.Function.ADD, call.output(), call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        call.pass(0);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, Broadcasting.undo(call.dy(), call.spec(0).shape()));
    }
}
