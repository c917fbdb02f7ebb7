package org.backpropaganda.reversible;

import java.util.List;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * A module of two streams, {@code (x1, x2) → (y1, y2)}, whose inputs can be had back from its outputs. Called by itself
 * it stores like any module; in a {@link ReversibleSequence} it reconstructs.
 */
public abstract class Coupling extends Module {

    /** Computes x1 and x2 by ops, on the tape of the outputs. */
    protected abstract List<Variable> invert(Variable y1, Variable y2);

    /**
     * One step of the backward through a reversible sequence: turns the outputs in {@code step} into the inputs, and
     * their gradients, where any have come, into those of the inputs, evaluating each sub-function once.
     */
    protected abstract void reverse(ReverseStep step);

    /** {@code (y1, y2) → (x1, x2)}, differentiable. Shapes do not change. */
    public final List<Variable> inverse(List<Variable> outputs) {
        requireTwo(outputs);
        Tape tape = outputs.get(0).tape();
        try (ModuleCall call = tape.enter(this)) {
            return call.returning(invert(outputs.get(0), outputs.get(1)));
        }
    }

    /**
     * Calls a branch whose result is to be added to a stream, or taken from it.
     *
     * @throws ShapeException if its result is not of the stream's shape and element type: a stream that it changed could not
     *     be had back
     */
    protected final Variable branch(Module function, Variable source, TensorSpec stream) {
        Variable value = function.call(source);
        if (!value.spec().equals(stream)) {
            String path = source.tape().path();
            throw new ShapeException((path.isEmpty() ? "" : path + ".") + nameOf(function) + ": a branch of "
                    + getClass().getSimpleName() + " gave " + value.spec() + " for a stream of " + stream
                    + "; let it return the stream's shape and element type, as by Expand.expand at its end");
        }
        return value;
    }

    /** Checks that there are two streams. */
    protected final void requireTwo(List<Variable> streams) {
        requireTwo(getClass().getSimpleName(), streams);
    }

    static void requireTwo(String who, List<Variable> streams) {
        if (streams.size() != 2) {
            throw new IllegalArgumentException(
                    who + ": takes two streams, got " + streams.size() + "; split the input first");
        }
    }
}
