package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.List;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** What a segment differentiates with. */
public final class SegmentBackward {
    private final Tape tape;
    private final TensorScope scope;
    private final List<@Nullable GradientSlot> inputs;
    private final List<GradientSlot> outputs;
    private final Declared declared;

    SegmentBackward(
            Tape tape,
            TensorScope scope,
            List<@Nullable GradientSlot> inputs,
            List<GradientSlot> outputs,
            Declared declared) {
        this.tape = tape;
        this.scope = scope;
        this.inputs = inputs;
        this.outputs = outputs;
        this.declared = declared;
    }

    /** For tensors that end with this backward. */
    public TensorScope scope() {
        return scope;
    }

    /** The slot of an output: the gradient that arrived lies in it. */
    public GradientSlot output(int number) {
        return outputs.get(number);
    }

    /** The slot of an input, which gradients are to be added to; null where none is needed. */
    public @Nullable GradientSlot input(int number) {
        return inputs.get(number);
    }

    /** Brings back what forward saved; the caller closes it, unless it is a remembered parameter's. */
    public Tensor restore(SavedTensor saved) {
        return saved.unpack(scope);
    }

    /** Books a tensor as held for backward; both handles are to be closed. */
    public Tensor lease(Tensor tensor) {
        return LEDGER.lease(scope, tensor);
    }

    /** A slot for a value between the segment's own steps. */
    public GradientSlot slot(Tensor value) {
        return new GradientSlot(scope, value.spec(), MemoryKind.TEMPORARY, scope.path());
    }

    /** The gradients of parameters that the step gathers. */
    public Gradients gradients() {
        return tape.gradients();
    }

    /** A tape that computes all of it again that left a trace, and records it. To be closed. */
    public Tape replayTape(Trace trace) {
        return NestedTape.replay(scope, null, tape.settings().replayed(), tape.gradients(), trace, declared);
    }

    /**
     * A tape that computes some calls again of those that left a trace, and records them. To be closed.
     *
     * @param site where the first run made them
     */
    public Tape replayTape(Trace trace, CallSite site) {
        return replayTape(trace, site, tape.gradients());
    }

    /** The same, with the gradients of parameters gathered elsewhere. To be closed. */
    public Tape replayTape(Trace trace, CallSite site, Gradients gradients) {
        return NestedTape.replay(scope, site, tape.settings().replayed(), gradients, trace, declared);
    }

    /** A value on a nested tape whose gradient gathers in {@code slot}. */
    public Variable enter(Tape nested, Tensor value, @Nullable GradientSlot slot) {
        return nested.enter(value, slot, false);
    }

    /** A saved input as a value on a nested tape whose gradient gathers in {@code slot}. */
    public Variable enter(Tape nested, SavedTensor saved, @Nullable GradientSlot slot) {
        Tensor input = saved.unpack(scope);
        Variable entered = nested.enter(input, slot, saved.isParameter());
        if (!saved.isParameter()) {
            input.close();
        }
        return entered;
    }

    /**
     * Differentiates the results of a nested tape that has computed all of the segment again, given the gradients of its
     * outputs.
     *
     * @throws IllegalStateException if the results are not those of the first run; the message says what differs
     */
    public void backward(Tape nested, List<Variable> results) {
        nested.followers().finished(results);
        for (int i = 0; i < results.size(); i++) {
            GradientSlot to = results.get(i).slot();
            Tensor gradient = outputs.get(i).take();
            if (gradient == null) {
                continue;
            }
            if (to == null) {
                gradient.close();
            } else {
                to.give(gradient);
            }
        }
        nested.drain();
    }
}
