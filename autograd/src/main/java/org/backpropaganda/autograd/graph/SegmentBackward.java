package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** What a segment differentiates with. */
public final class SegmentBackward extends SegmentCall {
    private final TensorScope scope;
    private final List<@Nullable GradientSlot> inputs;
    private final List<GradientSlot> outputs;
    private final boolean looks;
    private final List<GradientSlot> destinations;
    private final List<GradientSlot> own = new ArrayList<>();
    private boolean rounded;

    /**
     * A call.
     *
     * @param destinations the slots that it may add to; those that are complete are taken away
     * @param looks whether what was saved stays saved
     */
    SegmentBackward(
            Tape tape,
            String name,
            CallSite site,
            Declared declared,
            TensorScope scope,
            List<@Nullable GradientSlot> inputs,
            List<GradientSlot> outputs,
            List<GradientSlot> destinations,
            boolean looks) {
        super(tape, name, site, declared);
        this.scope = scope;
        this.inputs = inputs;
        this.outputs = outputs;
        this.destinations = destinations;
        this.looks = looks;
    }

    @Override
    boolean isReplay() {
        return true;
    }

    /** For tensors that end with this backward. */
    @Override
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

    /** A slot for a value between the segment's own steps. */
    public GradientSlot slot(Tensor value) {
        GradientSlot slot = new GradientSlot(scope, value.spec(), MemoryKind.TEMPORARY, scope.path());
        own.add(slot);
        return slot;
    }

    /**
     * Removes the gradient from the slot of an {@linkplain #output output}, or from one of the segment's {@linkplain #slot
     * own}; the caller closes it.
     *
     * @return null where none has come
     * @throws IllegalArgumentException if the slot is of something else: others count on what gathers there
     */
    public @Nullable Tensor take(GradientSlot slot) {
        if (!outputs.contains(slot) && !own.contains(slot)) {
            throw new IllegalArgumentException(
                    name() + " backward: takes gradients of its outputs and of slots that it made, not of others");
        }
        return slot.take();
    }

    /**
     * Tells that nothing more of this call will be added to the gradients of some parameters. Where they are handed over as soon as
     * they are complete, they need not wait for the call to end, and may change the parameters: nothing in the call may read those
     * any more.
     */
    public void complete(List<Parameter> parameters) {
        if (looks || !gradients().areHandedOver()) {
            return;
        }
        for (GradientSlot slot : gradients().present(parameters)) {
            if (destinations.remove(slot)) {
                slot.writerDone();
            }
        }
    }

    /** Brings back what forward saved, once; the caller closes it, unless it is a remembered parameter's. */
    public Tensor restore(SavedTensor saved) {
        rounded |= !saved.isExact();
        return looks ? saved.look(scope) : saved.take(scope);
    }

    @Override
    public Tape tape(TapeSite where, TapeMode mode, Gradients gradients) {
        if (where.kind() != TapeSite.Kind.AGAIN) {
            throw new IllegalArgumentException(
                    name() + " backward: what runs now was run before; give a site of the kind AGAIN");
        }
        return super.tape(where, mode, gradients);
    }

    /** A value on a nested tape whose gradient gathers in {@code slot}. */
    public Variable enter(Tape nested, Tensor value, @Nullable GradientSlot slot) {
        return enter(nested, value, slot, false);
    }

    /** A saved input as a value on a nested tape whose gradient gathers in {@code slot}. */
    public Variable enter(Tape nested, SavedTensor saved, @Nullable GradientSlot slot) {
        Tensor input = restore(saved);
        Variable entered = enter(nested, input, slot, saved.isParameter());
        if (!saved.isParameter()) {
            input.close();
        }
        return entered;
    }

    private Variable enter(Tape nested, Tensor value, @Nullable GradientSlot slot, boolean isParameter) {
        if (rounded) {
            nested.followers().beginsFromRounded();
        }
        return nested.enter(value, slot, isParameter);
    }

    /**
     * Computes the segment's function by ops on a tape that records.
     *
     * @param body given the tape, enters what it needs and returns the segment's outputs
     */
    public Recorded record(TapeSite where, Function<Tape, List<Variable>> body) {
        Tape nested = tape(where, TapeMode.RECORDING);
        try {
            return new Recorded(nested, body.apply(nested));
        } catch (RuntimeException | Error e) {
            nested.close();
            throw e;
        }
    }

    /**
     * Differentiates what {@link #record} gave, from the gradients of the outputs, and closes its tape.
     *
     * @throws IllegalStateException if the results are not those of the first run; the message says what differs
     */
    public void backward(Recorded recorded) {
        try (Tape nested = recorded.tape()) {
            List<Variable> results = recorded.results();
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
            nested.recording().drain();
        }
    }
}
