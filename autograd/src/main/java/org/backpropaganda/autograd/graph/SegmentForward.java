package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** What a segment computes with in its first run. */
public final class SegmentForward {
    private final Tape tape;
    private final String name;
    private final List<Variable> inputs;
    private final boolean recorded;
    private final List<SavedTensor> saved = new ArrayList<>();

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

    /** Where the running call stands, for a replay of all of it. */
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

    /**
     * The share of the step that the loss will be, for a segment that differentiates in its forward: what it computes before
     * backward begins has to have this factor. Backward is refused if it begins with another one.
     */
    public double share() {
        return tape.settings().share().usedBy(name + (tape.path().isEmpty() ? "" : " in " + tape.path()));
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

    /**
     * Keeps a tensor until backward, counted as an activation.
     *
     * @param label what errors call it
     */
    public SavedTensor save(String label, Tensor tensor) {
        SavedTensor kept =
                SavedTensor.pack(describe(label), tensor, tape.settings().policy(), tape.leases());
        saved.add(kept);
        return kept;
    }

    /** Keeps an input until backward, where {@link SegmentBackward#enter(Tape, SavedTensor, GradientSlot)} takes it up. */
    public SavedTensor saveInput(int number) {
        Variable input = inputs.get(number);
        String label = "input " + number;
        return input.isParameter() ? SavedTensor.parameter(describe(label), input.value()) : save(label, input.value());
    }

    List<SavedTensor> saved() {
        return saved;
    }

    /** Remembers a parameter, so that backward refuses one that was modified in between. */
    public SavedTensor remember(String label, Parameter parameter) {
        return SavedTensor.parameter(describe(label), parameter.value());
    }

    private String describe(String label) {
        return name + " backward" + (tape.path().isEmpty() ? "" : " in " + tape.path()) + ": saved " + label;
    }

    /** A tape for a first run that keeps nothing. It carries on the running call: its calls count. To be closed. */
    public Tape silentTape() {
        return new Tape(tape, tape.settings().silent(), tape.gradients());
    }

    /** A tape that keeps nothing, for a computation aside from the running call: its calls do not count. To be closed. */
    public Tape silentTape(CallSite site) {
        return new Tape(tape.scope(), site, tape.settings().silent(), tape.gradients(), false);
    }

    /** A tape that records, for a segment that differentiates during its forward. To be closed. */
    public Tape recordingTape(Gradients gradients) {
        return new Tape(tape, tape.settings().recorded(), gradients);
    }

    /** A tape that computes again what ran at {@code site}, and records it. To be closed. */
    public Tape replayTape(CallSite site, Gradients gradients) {
        return new Tape(tape.scope(), site, tape.settings().replayed(), gradients, false);
    }

    /** An input as a value on a nested tape that needs no gradient there. */
    public Variable enter(Tape nested, int number) {
        Variable input = inputs.get(number);
        return input.isParameter() ? nested.outerParameter(input.value(), null) : nested.constant(input.value());
    }

    /** Moves a result of a nested tape to {@link #scope()}. */
    public Tensor leave(Variable result) {
        return scope().share(result.value());
    }
}
