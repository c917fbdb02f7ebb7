package org.backpropaganda.autograd.graph;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
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
    private final Set<GradientSlot> own = new HashSet<>();
    private final Set<GradientSlot> completed = new HashSet<>();
    private @Nullable Set<GradientSlot> completable;

    /**
     * A call.
     *
     * @param destinations the slots that it may add to
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
     * any more. One that a module has read which does not register it waits all the same: whoever tells this cannot know.
     */
    public void complete(List<Parameter> parameters) {
        if (looks || !gradients().areHandedOver()) {
            return;
        }
        if (completable == null) {
            completable = new HashSet<>(destinations);
        }
        List<Parameter> told = parameters.stream()
                .filter(parameter -> !declared().isReadElsewhere(parameter))
                .toList();
        for (GradientSlot slot : gradients().present(told)) {
            if (completable.contains(slot) && completed.add(slot)) {
                slot.writerDone();
            }
        }
    }

    /** The slots that were complete before the call ended. */
    Set<GradientSlot> completed() {
        return completed;
    }

    /** Brings back what was saved, once; the caller closes it, unless it is a remembered parameter's. */
    public Tensor restore(SavedTensor saved) {
        note(saved);
        boolean own = saved().remove(saved);
        return looks && !own ? saved.look(scope) : saved.take(scope);
    }

    /** Tells that something saved will be brought back soon. */
    public void prefetch(SavedTensor saved) {
        saved.prefetch();
    }

    @Override
    public void discard(SavedTensor saved) {
        if (saved().remove(saved) || !looks) {
            saved.discard();
        }
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
        if (hasRounded()) {
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
     * Makes a call whose results are not read on a tape that records: it ends at its last op, before that one runs, where the op
     * saves nothing that it would compute and the call returns its result alone. Up to there it is compared with the first run.
     *
     * @param nested that carries on a trace of the first run
     * @param call of one module, from where the tape began
     */
    public List<Variable> untilSaved(Tape nested, Supplier<List<Variable>> call) {
        if (!(nested.followers().own() instanceof TraceReader reader)) {
            return call.get();
        }
        reader.stopNext(true);
        try {
            return call.get();
        } catch (AllSaved end) {
            if (end.result().tape() != nested) {
                throw end;
            }
            reader.stopped();
            return List.of(end.result());
        } finally {
            reader.stopNext(false);
        }
    }

    /** How much a nested tape has recorded so far: where {@link #reverse} may begin or end. */
    public static int recorded(Tape nested) {
        return nested.recording().size();
    }

    /**
     * Moves the gradient that has gathered for a value to the result of a nested tape that the value was, unless it gathers
     * there already.
     */
    public void pass(GradientSlot from, Variable result) {
        pass(from, result.slot());
    }

    /**
     * Moves the gradient that has gathered in a slot of the segment's own to another one.
     *
     * @param to null where none is needed
     */
    public void pass(GradientSlot from, @Nullable GradientSlot to) {
        if (to == from) {
            return;
        }
        Tensor gradient = from.take();
        if (gradient == null) {
            return;
        }
        if (to == null) {
            gradient.close();
        } else {
            to.give(gradient);
        }
    }

    /**
     * Differentiates a piece of what a nested tape has recorded, from gradients that lie in the slots of its results; the last
     * piece first.
     *
     * @param end {@link #recorded} behind the piece
     * @param first {@link #recorded} in front of it
     */
    public void reverse(Tape nested, int end, int first) {
        if (looks && nested.recording().isKept()) {
            nested.recording().walk(end, first);
        } else {
            nested.recording().drainTo(first);
        }
    }

    /** Ends a nested tape of which all was reversed; one of the first run stays where this backward looks alone. */
    public void reversed(Tape nested) {
        if (!looks || !nested.recording().isKept()) {
            nested.close();
        }
    }

    /**
     * Differentiates what {@link #record} gave, from the gradients of the outputs, and closes its tape. Nobody reads the results:
     * but for what backward needs of them, they are freed first.
     *
     * @throws IllegalStateException if the results are not those of the first run; the message says what differs
     */
    public void backward(Recorded recorded) {
        try (Tape nested = recorded.tape()) {
            List<Variable> results = recorded.results();
            nested.followers().finished(results);
            recorded.letGo();
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
