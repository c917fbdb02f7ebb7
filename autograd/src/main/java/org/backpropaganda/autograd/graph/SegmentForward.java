package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** What a segment computes with in its first run. */
public final class SegmentForward extends SegmentCall {
    private List<Variable> inputs;
    private final boolean recorded;
    private final List<Trace> traces = new ArrayList<>();
    private final List<Tape> recordings = new ArrayList<>();
    private final IdentityHashMap<Variable, Integer> entered = new IdentityHashMap<>();
    private final IdentityHashMap<Tensor, Variable> left = new IdentityHashMap<>();
    private boolean carriesOn;

    SegmentForward(Tape tape, String name, List<Variable> inputs, boolean recorded, Declared declared) {
        super(tape, name, tape.frame().site(), declared);
        this.inputs = inputs;
        this.recorded = recorded;
    }

    /** The tape that the segment is applied on. */
    public Tape tape() {
        return outer();
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

    /** Whether an input is a parameter, which is remembered and never packed. */
    public boolean isParameter(int number) {
        return inputs.get(number).isParameter();
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
        return tape().settings().share().usedBy(name() + (tape().path().isEmpty() ? "" : " in " + tape().path()));
    }

    @Override
    boolean isReplay() {
        return tape().isReplay();
    }

    /** Where results go; it ends with the module call that applies the segment. */
    @Override
    public TensorScope scope() {
        return tape().scope();
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
        Tensor taken = input.consume(name());
        taken.written(name());
        return LEDGER.adopt(scope(), taken);
    }

    /** Keeps an input until backward, where {@link SegmentBackward#enter(Tape, SavedTensor, GradientSlot)} takes it up. */
    public SavedTensor saveInput(int number) {
        Variable input = inputs.get(number);
        String label = "input " + number;
        if (input.isParameter()) {
            return SavedTensor.parameter(describe(label), input.value());
        }
        SavedTensor kept = tape().saver().ofSegment(tape().frame(), name(), label, input);
        kept(kept);
        return kept;
    }

    /**
     * The trace that the replay which this call is a part of is compared with.
     *
     * @throws IllegalStateException if this is no replay
     */
    public Trace firstRun() {
        return tape().followers().firstRun();
    }

    /**
     * Whether something around the call computes it twice: then inputs that need no gradient now may need one when it is computed
     * again.
     */
    public boolean isPartOfReplays() {
        return !tape().followers().isEmpty();
    }

    /** An empty trace at the running call, for a first run that will be computed again. */
    public Trace trace() {
        Trace trace = new Trace(
                name(),
                site(),
                tape().saver().leases(),
                tape().isReplay() ? tape().followers().comparedWith() : null,
                tape().settings().check());
        traces.add(trace);
        return trace;
    }

    /**
     * A tape that records a part of the first run and stays until backward, which differentiates it by {@link
     * SegmentBackward#reverse} and ends it by {@link SegmentBackward#reversed}.
     */
    public Tape record(TapeSite where) {
        carriesOn |= where.kind() == TapeSite.Kind.HERE;
        Tape recording = NestedTape.of(tape(), tape().home(), where, TapeMode.RECORDING, gradients(), declared());
        recording.recording().keep();
        recordings.add(recording);
        return recording;
    }

    @Override
    public void discard(SavedTensor kept) {
        if (saved().remove(kept)) {
            kept.discard();
        }
    }

    /** Refuses to be differentiated again where something recorded in the first run does. */
    void checkRepeatable() {
        for (Tape recording : recordings) {
            recording.values().checkParameters();
            recording.recording().nodes().forEach(Node::checkRepeatable);
        }
    }

    /** Lets go of all that was kept. */
    void discard() {
        saved().forEach(SavedTensor::discard);
        recordings.stream().filter(tape -> !tape.isClosed()).forEach(Tape::close);
        recordings.clear();
        traces.forEach(Trace::release);
    }

    /** Lets go of what only the computation of the outputs needed. */
    void ended() {
        inputs = List.of();
        entered.clear();
        left.clear();
    }

    @Override
    public Tape tape(TapeSite where, TapeMode mode, Gradients gradients) {
        carriesOn |= where.kind() == TapeSite.Kind.HERE;
        return super.tape(where, mode, gradients);
    }

    /** Whether what the segment computes was told to all that follow the tape by a nested tape. */
    boolean carriesOn() {
        return carriesOn;
    }

    /** An input as a value on a nested tape that needs no gradient there. */
    public Variable enter(Tape nested, int number) {
        Variable input = inputs.get(number);
        Variable variable = nested.enter(input.value(), null, input.isParameter());
        entered.put(variable, number);
        return variable;
    }

    /** A value between the segment's own steps on a nested tape. */
    public Variable enter(Tape nested, Tensor value) {
        return nested.enter(value, null, false);
    }

    /**
     * A value between the segment's own steps, or an input, on a tape that {@linkplain #record records}.
     *
     * @param slot that gathers its gradient in backward, if one is needed
     * @param input whose number it is, or -1
     */
    public Variable enter(Tape recording, Tensor value, @Nullable GradientSlot slot, int input) {
        return recording.enter(value, slot, input >= 0 && inputs.get(input).isParameter());
    }

    /** A slot for a value that enters a tape which {@linkplain #record records}; it ends with the tape. */
    public GradientSlot slot(Tape recording, Tensor value) {
        return recording.values().slot(value.spec());
    }

    /** The slot of an input, which backward adds its gradient to; null where none is needed. */
    public @Nullable GradientSlot slot(int number) {
        return inputs.get(number).slot();
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
