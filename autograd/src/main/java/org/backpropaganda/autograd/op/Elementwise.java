package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * An op of one tensor that computes each element from the one in its place: x [*] → y [*]. What is left to write is the
 * function, its derivative, and what the derivative is computed from.
 *
 * <pre>{@code
 * record Softplus() implements Elementwise {
 *     public Keeps keeps() {
 *         return Keeps.OUTPUT;
 *     }
 *
 *     public void forward(ForwardCall call) {
 *         HostLoop.map(call.output(), x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), call.input(0));
 *     }
 *
 *     public void df(BackwardCall call, Tensor dx) {
 *         HostLoop.map(dx, (dy, y) -> dy * -Math.expm1(-y), call.dy(), call.output());
 *     }
 *
 *     public void gradient(GradientCall call) {
 *         call.give(0, times(call.dy(), minus(1, exp(negate(call.output())))));
 *     }
 * }
 * }</pre>
 *
 * Inputs that are not one tensor of a differentiable element type are refused by the op's name.
 */
public interface Elementwise extends TwiceDifferentiable {

    /** What a derivative is computed from, beside the gradient of y. */
    enum Keeps {
        NOTHING,
        /** x. */
        INPUT,
        /** y. */
        OUTPUT
    }

    /** What {@link #df} reads beside dy; nothing, unless this or {@link #saves} is overridden. */
    default Keeps keeps() {
        return Keeps.NOTHING;
    }

    /**
     * {@code dx = dy f'(x)}.
     *
     * @param dx of the shape of x; may be dy itself, so each element of dy is read before the one in its place is written.
     *     Modified
     */
    void df(BackwardCall call, Tensor dx);

    @Override
    default TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        return in.get(0);
    }

    @Override
    default Saves saves(Operands operands) {
        return switch (keeps()) {
            case NOTHING -> Saves.none();
            case INPUT -> Saves.none().input(0);
            case OUTPUT -> Saves.none().andOutput();
        };
    }

    @Override
    default boolean isCheap() {
        return true;
    }

    @Override
    default void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        df(call, dx);
        call.give(0, dx);
    }
}
