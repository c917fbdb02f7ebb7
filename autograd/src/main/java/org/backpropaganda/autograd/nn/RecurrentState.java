package org.backpropaganda.autograd.nn;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * What recurrent layers remember from one window of a sequence to the next, each window on a tape of its own. Values are
 * carried, gradients are not: they stop at the start of a window, as truncated backpropagation through time wants it. For
 * gradients across windows, hand a module's states to its next call on the same tape instead.
 *
 * <p>Counted as {@code INPUT}. It belongs to the scope that it was made in, and ends with it.
 */
public final class RecurrentState implements AutoCloseable {
    private final TensorScope scope;
    private final List<Tensor> states = new ArrayList<>();
    private boolean closed;

    RecurrentState(TensorScope scope, Shape shape, DType dtype, int count) {
        this.scope = scope;
        for (int i = 0; i < count; i++) {
            states.add(scope.zeros(shape, dtype, MemoryKind.INPUT));
        }
    }

    /** The states, to look at: h [L·D, B, H], and c for an LSTM. Not to be modified. */
    public List<Tensor> tensors() {
        checkOpen();
        return List.copyOf(states);
    }

    /**
     * The inputs of a module's call on a tape: x, and the states as constants. A replay sees the states that the first run
     * saw, so that a module may keep its state to itself:
     *
     * <pre>{@code
     * protected Variable forward(Variable x) {
     *     return state.carry(lstm.call(state.with(x)));
     * }
     * }</pre>
     */
    public List<Variable> with(Variable x) {
        checkOpen();
        Tape tape = x.tape();
        List<Variable> inputs = new ArrayList<>();
        inputs.add(x);
        states.forEach(state -> inputs.add(tape.state(state)));
        return inputs;
    }

    /**
     * Copies the states that a call returned behind y, before its tape ends; not in a replay, which has done so before.
     * What the tape saved of those before is left alone.
     *
     * @return y
     */
    public Variable carry(List<Variable> results) {
        checkOpen();
        if (results.size() != 1 + states.size()) {
            throw new ShapeException("carry: takes y and " + states.size() + " states, got " + results.size()
                    + " results; call the module with states");
        }
        for (int i = 0; i < states.size(); i++) {
            if (!results.get(i + 1).spec().equals(states.get(i).spec())) {
                throw new ShapeException("carry: state " + results.get(i + 1).spec() + " does not follow on "
                        + states.get(i).spec());
            }
        }
        if (!results.get(0).tape().isReplay()) {
            replace(results.subList(1, results.size()));
        }
        return results.get(0);
    }

    private void replace(List<Variable> results) {
        for (int i = 0; i < states.size(); i++) {
            Tensor old = states.get(i);
            Tensor now = results.get(i).value();
            states.set(
                    i,
                    scope.allocate(now.shape(), now.dtype(), MemoryKind.INPUT).copyFrom(now));
            old.close();
        }
    }

    /** Forgets: zeros from now on. */
    public void reset() {
        checkOpen();
        for (int i = 0; i < states.size(); i++) {
            Tensor old = states.get(i);
            states.set(i, scope.zeros(old.shape(), old.dtype(), MemoryKind.INPUT));
            old.close();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the recurrent state is closed");
        }
    }

    /**
     * Frees the states.
     *
     * @throws IllegalStateException if it was closed before
     */
    @Override
    public void close() {
        checkOpen();
        closed = true;
        states.forEach(Tensor::close);
        states.clear();
    }
}
