package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.List;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * One recording of a computation, for one backward pass; or, for inference, a computation that keeps nothing.
 *
 * <p>A tape belongs to one thread and is never global. Ops run at once; what they declare is leased until
 * {@link #backward} drains the nodes in reverse, freeing each saved tensor and each consumed gradient on the way.
 * Closing a tape frees every lease that is left. Whether modules train or evaluate is a property of the tape, and of its calls.
 */
public final class Tape implements AutoCloseable {
    private final Thread thread = Thread.currentThread();
    private final TapeSettings settings;
    private final TensorScope home;
    private final Gradients gradients;
    private final Recording recording = new Recording(this);
    private final Followers followers;
    private final @Nullable Declared declared;
    private final CallStack calls;
    private final Saver saver;
    private final TapeValues values;
    private boolean closed;

    /**
     * A tape that a user builds.
     *
     * @param again whether it computes what was computed before
     */
    Tape(TensorScope parent, CallSite site, TapeSettings settings, @Nullable Gradients gradients, boolean again) {
        this.settings = settings;
        this.home = LEDGER.childAt(parent, site.path());
        this.gradients = gradients != null ? gradients : new Gradients(parent);
        this.followers = Followers.NONE;
        this.declared = null;
        this.calls = new CallStack(new CallFrame(site, home, again), followers, settings);
        this.saver = new Saver(LEDGER.leases(home), settings.observer());
        this.values = new TapeValues(this, home, declared);
        parent.engine().useThreads();
    }

    /** A tape inside another one. */
    Tape(NestedTape plan) {
        this.settings = plan.settings();
        this.home = LEDGER.childAt(plan.parent(), plan.frame().path());
        this.gradients = plan.gradients();
        this.followers = plan.followers(home);
        this.declared = plan.declared();
        this.calls = new CallStack(plan.frame().continued(home), followers, settings);
        this.saver = new Saver(LEDGER.leases(home), settings.observer());
        this.values = new TapeValues(this, home, declared);
        home.engine().useThreads();
    }

    /** A tape that records a training step whose random numbers follow from {@code seed}. */
    public static Tape training(TensorScope scope, long seed) {
        return builder(scope).seed(seed).build();
    }

    /** A tape for evaluation: it keeps nothing and has no backward. */
    public static Tape inference(TensorScope scope) {
        return builder(scope).evaluating().notRecording().build();
    }

    /** A tape to configure; by default it trains and records. */
    public static TapeBuilder builder(TensorScope scope) {
        return new TapeBuilder(scope);
    }

    TapeSettings settings() {
        return settings;
    }

    /** Whether the running call behaves as in training: batch statistics, dropout. */
    public boolean isTraining() {
        return frame().mode().training();
    }

    /** Whether a normalisation in the running call uses the statistics of the batch, and moves its running ones. */
    public boolean usesBatchStatistics() {
        return isTraining() && !frame().mode().frozenStatistics();
    }

    /** Whether a backward pass through this tape is possible. */
    public boolean isRecording() {
        return settings.recording();
    }

    /** Whether this computes again what ran before: then effects are held back. */
    public boolean isReplay() {
        return frame().isReplay();
    }

    /**
     * Whether this is part of a step that differentiates: the tape records, or a segment of one that does runs here for
     * the first time.
     */
    public boolean isDifferentiating() {
        return settings.differentiating();
    }

    /** The random key of the call that is running. */
    public long key() {
        return frame().key();
    }

    /** The module path of the call that is running. */
    public String path() {
        return frame().path();
    }

    /** Where results of the running call are allocated. */
    public TensorScope scope() {
        return frame().scope();
    }

    /** What lives as long as the tape. */
    TensorScope home() {
        return home;
    }

    Saver saver() {
        return saver;
    }

    CallStack calls() {
        return calls;
    }

    CallFrame frame() {
        return calls.frame();
    }

    /** What follows the computation, for replays to be compared with their first run. */
    Followers followers() {
        return followers;
    }

    /** Where the running call stands, as far as its next call of {@code child} is concerned. */
    public CallSite siteBefore(Callee child) {
        return frame().siteBefore(child);
    }

    /** The gradients of parameters that this tape adds to. */
    public Gradients gradients() {
        return gradients;
    }

    /**
     * Runs an effect on state outside the tape (statistics, counters, logs), now, unless this is a replay or computes shapes
     * alone. It stands if a later layer or backward fails; so it is to be run last, when nothing of the layer's own can
     * fail any more.
     */
    public void onFirstRun(Runnable effect) {
        if (!isReplay() && home.engine().hasMemory()) {
            effect.run();
        }
    }

    /** A value that no gradient is computed for. The tensor stays with its scope. */
    public Variable constant(Tensor tensor) {
        checkUsable();
        return values.constant(tensor);
    }

    /**
     * A constant that a module remembers from call to call: a replay sees it as the first run saw it, whatever the module
     * remembers by then. Change it by putting another tensor in its place inside {@link #onFirstRun}, not in place.
     *
     * <pre>{@code
     * Variable h = tape.state(remembered);
     * Variable next = cell.call(List.of(x, h)).get(0);
     * tape.onFirstRun(() -> remember(next.value()));
     * }</pre>
     *
     * @param tensor the state. Stays with its scope; its bytes are held until backward where something will be replayed
     */
    public Variable state(Tensor tensor) {
        checkUsable();
        return values.state(tensor);
    }

    /** A value whose gradient {@link #gradient} tells after backward. The tensor stays with its scope. */
    public Variable leaf(Tensor tensor) {
        checkUsable();
        return values.leaf(tensor);
    }

    /**
     * An input of the segment that this tape computes for.
     *
     * @param slot that gathers its gradient, if one is needed
     * @param isParameter of the outer tape: like every parameter, it is remembered and never packed
     */
    Variable enter(Tensor value, @Nullable GradientSlot slot, boolean isParameter) {
        checkUsable();
        return values.input(value, slot, isParameter);
    }

    /**
     * Holds a tensor for a backward to come, as {@code ACTIVATION}, until the tape is closed.
     *
     * <pre>{@code
     * Tensor kept = tape.keep(x);   // the scope of x may end
     * }</pre>
     *
     * @return another tensor over the same bytes. Stays with the tape
     */
    public Tensor keep(Tensor tensor) {
        checkUsable();
        return LEDGER.lease(home, tensor);
    }

    /** A parameter on this tape. */
    public Variable parameter(Parameter parameter) {
        checkUsable();
        return values.parameter(parameter);
    }

    /** How many ops and segments it has recorded and not differentiated yet. */
    public int recorded() {
        return recording.size();
    }

    /** The gradient of a leaf, or null where none has come. Stays with the tape. */
    public @Nullable Tensor gradient(Variable leaf) {
        GradientSlot slot = leaf.slot();
        return slot == null ? null : slot.value();
    }

    /** An op's output and the extras that it declared as results. */
    public record Applied(Variable output, List<Tensor> results) {}

    /** Applies an op. */
    public Variable apply(Op op, Variable... inputs) {
        return OpRunner.run(this, op, List.of(inputs), false).output();
    }

    /** Applies an op and returns its declared results too, which live as long as the running call. */
    public Applied applyWithResults(Op op, Variable... inputs) {
        return OpRunner.run(this, op, List.of(inputs), true);
    }

    /** Applies a segment: a function with its own backward. */
    public List<Variable> apply(Segment segment, List<Variable> inputs) {
        return SegmentRunner.run(this, segment, inputs);
    }

    /** Checks that this thread may use the tape and that the variables are its own. */
    void checkUsable(String user, List<Variable> inputs) {
        checkUsable();
        OutputChecks.own(user, this, inputs);
    }

    private void checkUsable() {
        if (closed) {
            throw new IllegalStateException("the tape is closed");
        }
        if (Thread.currentThread() != thread) {
            throw new IllegalStateException("the tape belongs to thread " + thread.getName() + ", used by "
                    + Thread.currentThread().getName());
        }
    }

    /** Runs {@code body} as if {@code callee} had been called: under its path and key, in a scope of its own. */
    public void within(Callee callee, Runnable body) {
        ModuleCall call = enterPart(callee);
        try {
            body.run();
        } finally {
            call.close();
        }
    }

    /** Starts a module call without arguments: a child scope, a path and a random key of its own. */
    public ModuleCall enter(Callee callee) {
        return enter(callee, List.of());
    }

    /**
     * Starts a module call.
     *
     * @param arguments what it is called with
     */
    public ModuleCall enter(Callee callee, List<Variable> arguments) {
        checkUsable();
        return calls.enter(callee, arguments);
    }

    /**
     * Starts a call of which only some calls of children are made, with whatever arguments: those are compared with the first
     * run, the call itself is not.
     */
    public ModuleCall enterPart(Callee callee) {
        checkUsable();
        return calls.enterPart(callee);
    }

    /**
     * Differentiates a scalar, beginning with the tape's {@linkplain TapeBuilder#share share} of the step. Every saved tensor
     * is freed on the way.
     *
     * @param loss of one element
     * @return the gradients of the parameters, to be closed by the caller unless they were given to the tape
     */
    public Gradients backward(Variable loss) {
        checkUsable("backward", List.of(loss));
        recording.backward(loss, false);
        return gradients;
    }

    /**
     * Differentiates a scalar and keeps all that was recorded, so that it, or another one, can be differentiated again: by
     * this, or for the last time by {@link #backward(Variable)}. Gradients add to those that are there; clear them where each
     * backward is to have its own.
     *
     * <pre>{@code
     * try (Gradients gradients = tape.backwardRetaining(first)) {
     *     use(gradients);
     *     gradients.clear();
     *     tape.backward(second);
     *     use(gradients);
     * }
     * }</pre>
     *
     * @param loss of one element
     * @return the gradients of the parameters, as {@link #backward(Variable)} does
     * @throws IllegalStateException if gradients are handed over during backward, which changes the weights; from the second
     *     time on if a weight was modified since it was read, or if a segment on the way has learned from its gradient
     */
    public Gradients backwardRetaining(Variable loss) {
        checkUsable("backward", List.of(loss));
        recording.backward(loss, true);
        return gradients;
    }

    /**
     * Differentiates outputs whose gradients are given.
     *
     * @param outputs variables of this tape
     * @param outputGradients of the same shapes. Not modified
     * @throws IllegalStateException if a segment differentiated in forward with another {@linkplain TapeBuilder#share share}
     *     of the step than these have
     */
    public Gradients backward(List<Variable> outputs, List<Tensor> outputGradients) {
        checkUsable("backward", outputs);
        recording.backward(outputs, outputGradients, false);
        return gradients;
    }

    /**
     * Differentiates outputs whose gradients are given and keeps all that was recorded, as {@link
     * #backwardRetaining(Variable)} does for a scalar: for products of one Jacobian with several vectors.
     *
     * @param outputs variables of this tape
     * @param outputGradients of the same shapes. Not modified
     * @return the gradients of the parameters, as {@link #backward(Variable)} does
     * @throws IllegalStateException where {@link #backwardRetaining(Variable)} throws it
     */
    public Gradients backwardRetaining(List<Variable> outputs, List<Tensor> outputGradients) {
        checkUsable("backward", outputs);
        recording.backward(outputs, outputGradients, true);
        return gradients;
    }

    /**
     * Differentiates a scalar with respect to variables of this tape, and records it: the gradients are variables, which can
     * be computed with and differentiated again. Nothing is drained; {@link #backward} of something computed from them
     * goes through them and through what they were computed from.
     *
     * @param loss of one element
     * @param inputs leaves, parameters or values on the way to the loss
     * @return their gradients, owned by the running call
     * @throws IllegalStateException if an op or segment on the way has no recorded backward, which it names, or if an input
     *     does not lead to the loss
     */
    public List<Variable> differentiate(Variable loss, Variable... inputs) {
        checkUsable("differentiate", List.of(loss));
        return RecordedBackward.ofScalar(this, loss, List.of(inputs));
    }

    /**
     * Differentiates outputs whose gradients are given with respect to variables of this tape, and records it.
     *
     * @param outputGradients of the outputs' shapes; the result can be differentiated with respect to them too
     */
    public List<Variable> differentiate(List<Variable> outputs, List<Variable> outputGradients, List<Variable> inputs) {
        for (List<Variable> given : List.of(outputs, outputGradients, inputs)) {
            checkUsable("differentiate", given);
        }
        return new RecordedBackward(this, inputs).run(outputs, outputGradients);
    }

    boolean isClosed() {
        return closed;
    }

    boolean isOutermost() {
        return declared == null;
    }

    /** What was recorded. */
    Recording recording() {
        return recording;
    }

    /** What no op made. */
    TapeValues values() {
        return values;
    }

    /** Hands all that was recorded to another tape, and ends; what was leased stays until that tape is closed. */
    List<Node> graftOnto(Tape other) {
        closed = true;
        return recording.moveTo(other.recording);
    }

    /** Frees every lease and every value that is left. Gradients of parameters stay. */
    @Override
    public void close() {
        if (closed) {
            throw new IllegalStateException("the tape is closed already");
        }
        closed = true;
        recording.discard();
        if (isOutermost()) {
            Kernels.endStep(home.engine());
        }
        home.close();
    }
}
