package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** What a segment computes with in its first run. */
public final class SegmentForward {
    private final Tape tape;
    private final String name;
    private final List<Variable> inputs;
    private final boolean recorded;

    SegmentForward(Tape tape, String name, List<Variable> inputs, boolean recorded) {
        this.tape = tape;
        this.name = name;
        this.inputs = inputs;
        this.recorded = recorded;
    }

    /** The tape that the segment is applied on. */
    public Tape tape() {
        return tape;
    }

    /** Whether a backward may follow; if not, nothing needs to be kept. */
    public boolean isRecorded() {
        return recorded;
    }

    /** Where the running call stands, for a replay. */
    public CallSite site() {
        return tape.site();
    }

    /** The number of inputs. */
    public int inputs() {
        return inputs.size();
    }

    /** An input. Not to be modified. */
    public Tensor input(int number) {
        return inputs.get(number).value();
    }

    /** Whether an input needs a gradient. */
    public boolean needs(int number) {
        return inputs.get(number).requiresGradient();
    }

    /** Where results go; it ends with the module call that applies the segment. */
    public TensorScope scope() {
        return tape.scope();
    }

    /**
     * A tensor over an input's bytes that may be overwritten, owned by {@link #scope()}: the input's own where nobody
     * else holds it, which consumes the variable, otherwise a new one of undefined content.
     */
    public Tensor overwrite(int number) {
        Variable input = inputs.get(number);
        Tensor value = input.value();
        if (!value.isExclusive() || input.isParameter()) {
            return scope().allocate(value.shape(), value.dtype());
        }
        Tensor taken = input.consume(name);
        taken.written(name);
        return scope().adopt(taken);
    }

    /** Keeps a tensor until backward, counted as an activation. Freed by the segment in backward, or with the tape. */
    public Tensor lease(Tensor tensor) {
        return tape.leases().lease(tensor);
    }

    /** A tape for a first run that keeps nothing. To be closed. */
    public Tape silentTape() {
        return new Tape(tape.scope(), tape.site(), tape.settings().silent(), tape.gradients());
    }

    /** A tape that records, for a segment that differentiates during its forward. To be closed. */
    public Tape recordingTape(Gradients gradients) {
        return new Tape(tape.scope(), tape.site(), tape.settings().recorded(), gradients);
    }

    /** An input as a value on a nested tape that needs no gradient there. */
    public Variable enter(Tape nested, int number) {
        return nested.constant(input(number));
    }

    /** Moves a result of a nested tape to {@link #scope()}. */
    public Tensor leave(Variable result) {
        return scope().share(result.value());
    }
}
