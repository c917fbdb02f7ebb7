package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.IdentityHashMap;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** What a segment computes with in its first run. */
public final class SegmentForward {
    private final Tape tape;
    private final String name;
    private final List<Variable> inputs;
    private final boolean recorded;
    private final Declared declared;
    private final Kept kept = new Kept();
    private final IdentityHashMap<Variable, Integer> entered = new IdentityHashMap<>();
    private final IdentityHashMap<Tensor, Variable> left = new IdentityHashMap<>();
    private boolean carriesOn;

    SegmentForward(Tape tape, String name, List<Variable> inputs, boolean recorded, Declared declared) {
        this.tape = tape;
        this.name = name;
        this.inputs = inputs;
        this.recorded = recorded;
        this.declared = declared;
    }

    /** The tape that the segment is applied on. */
    public Tape tape() {
        return tape;
    }

    /** Whether a backward may follow; if not, nothing needs to be kept. */
    public boolean isRecorded() {
        return recorded;
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
        return LEDGER.adopt(scope(), taken);
    }

    /**
     * Keeps a tensor until backward, counted as an activation.
     *
     * @param label what errors call it
     */
    public SavedTensor save(String label, Tensor tensor) {
        SavedTensor saved =
                SavedTensor.pack(describe(label), tensor, tape.settings().policy(), tape.leases());
        kept.tensors().add(saved);
        return saved;
    }

    /**
     * Another tensor over the same bytes, owned by {@link #scope()}, that counts as an activation for as long: it waits for a
     * backward that forward itself does. The caller closes it.
     */
    public Tensor lease(Tensor tensor) {
        return LEDGER.lease(scope(), tensor);
    }

    /** Keeps an input until backward, where {@link SegmentBackward#enter(Tape, SavedTensor, GradientSlot)} takes it up. */
    public SavedTensor saveInput(int number) {
        Variable input = inputs.get(number);
        String label = "input " + number;
        return input.isParameter() ? SavedTensor.parameter(describe(label), input.value()) : save(label, input.value());
    }

    /**
     * The trace that the replay which this call is a part of is compared with.
     *
     * @throws IllegalStateException if this is no replay
     */
    public Trace firstRun() {
        return tape.followers().firstRun();
    }

    /** Where the running call stands, for a part of it to be computed again. */
    public CallSite site() {
        return tape.frame().site();
    }

    Kept kept() {
        return kept;
    }

    /** Remembers a parameter, so that backward refuses one that was modified in between. */
    public SavedTensor remember(String label, Parameter parameter) {
        return SavedTensor.parameter(describe(label), parameter.value());
    }

    private String describe(String label) {
        return name + " backward" + (tape.path().isEmpty() ? "" : " in " + tape.path()) + ": saved " + label;
    }

    /** An empty trace at the running call, for a first run that will be computed again. */
    public Trace trace() {
        Trace trace = new Trace(name, site(), tape.leases(), tape.isReplay() ? firstRun() : null);
        kept.traces().add(trace);
        return trace;
    }

    /** Whether what the segment computes was told to all that follow the tape by a nested tape. */
    boolean carriesOn() {
        return carriesOn;
    }

    /** A tape that keeps nothing, for what will not be computed again. It carries on the running call. To be closed. */
    public Tape silentTape() {
        carriesOn = true;
        return NestedTape.carryingOn(tape, tape.settings().silent(), tape.gradients(), null, declared);
    }

    /**
     * A tape for a first run that keeps nothing but a trace. It carries on the running call: its calls count. To be closed.
     *
     * @param trace empty
     */
    public Tape silentTape(Trace trace) {
        carriesOn = true;
        return NestedTape.carryingOn(tape, tape.settings().silent(), tape.gradients(), trace, declared);
    }

    /**
     * A tape for calls aside from the running one, that keeps nothing but a trace: they do not count there. To be closed.
     *
     * @param trace takes the calls up; if it is that of the first run, they are compared with it
     * @param site where they are made
     */
    public Tape asideTape(Trace trace, CallSite site) {
        boolean compared = tape.isReplay() && trace == firstRun();
        return NestedTape.aside(tape, tape.settings().silent(), compared ? null : trace, site, declared);
    }

    /** A tape that records, for a segment that differentiates during its forward. To be closed. */
    public Tape recordingTape(Gradients gradients) {
        carriesOn = true;
        return NestedTape.carryingOn(tape, tape.settings().recorded(), gradients, null, declared);
    }

    /**
     * A tape that computes some calls again of those that left a trace, and records them. To be closed.
     *
     * @param site where the first run made them
     */
    public Tape replayTape(Trace trace, CallSite site, Gradients gradients) {
        return NestedTape.replay(tape.scope(), site, tape.settings().replayed(), gradients, trace, declared);
    }

    /** An input as a value on a nested tape that needs no gradient there. */
    public Variable enter(Tape nested, int number) {
        Variable input = inputs.get(number);
        Variable variable = nested.enter(input.value(), null, input.isParameter());
        entered.put(variable, number);
        return variable;
    }

    /** Moves a result of a nested tape to {@link #scope()}. */
    public Tensor leave(Variable result) {
        result.tape().followers().left(result);
        Tensor tensor = scope().share(result.value());
        left.put(tensor, result);
        return tensor;
    }

    /** The variable of a nested tape that a result was, or null. */
    @Nullable
    Variable inside(Tensor result) {
        return left.get(result);
    }

    /** The input that a variable of a nested tape stands for, or null. */
    @Nullable
    Variable outside(Variable inside) {
        Integer number = entered.get(inside);
        return number == null ? null : inputs.get(number);
    }
}
