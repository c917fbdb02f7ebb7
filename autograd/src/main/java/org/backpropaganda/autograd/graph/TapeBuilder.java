package org.backpropaganda.autograd.graph;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** Configures a {@link Tape}. */
public final class TapeBuilder {
    private final TensorScope scope;
    private long seed;
    private boolean recording = true;
    private CallMode mode = new CallMode(true, false, SavedTensorPolicy.keep());
    private final IdentityHashMap<Callee, UnaryOperator<CallMode>> parts = new IdentityHashMap<>();
    private TapeObserver observer = TapeObserver.NONE;
    private @Nullable ReplayCheck check;
    private @Nullable Gradients gradients;
    private StepShare share = StepShare.whole();
    private boolean again;
    private Map<Parameter, Tensor> weights = Map.of();

    TapeBuilder(TensorScope scope) {
        this.scope = scope;
    }

    /** The seed of every random number that modules draw on the tape. */
    public TapeBuilder seed(long value) {
        seed = value;
        return this;
    }

    /** Modules behave as in evaluation. */
    public TapeBuilder evaluating() {
        mode = mode.evaluating();
        return this;
    }

    /**
     * A module of the model, and all in it, behaves as in evaluation, while the rest trains: batch norms use their running
     * statistics and leave them, dropout passes everything. Its parameters train unless they are frozen too.
     *
     * <pre>{@code
     * Tape.builder(scope).evaluating(model.children().get("encoder")).build()
     * }</pre>
     */
    public TapeBuilder evaluating(Callee part) {
        return in(part, CallMode::evaluating);
    }

    /**
     * Every normalisation in a module of the model, or the module itself if it is one, uses its running statistics and leaves
     * them, while all else trains: a frozen batch norm, as fine-tuning and detection have it. Gradients of weights and biases
     * are those of the frozen form.
     */
    public TapeBuilder frozenStatistics(Callee part) {
        return in(part, CallMode::withFrozenStatistics);
    }

    private TapeBuilder in(Callee part, UnaryOperator<CallMode> change) {
        parts.merge(part, change, (before, more) -> caller -> more.apply(before.apply(caller)));
        return this;
    }

    /** Nothing is kept; there is no backward. */
    public TapeBuilder notRecording() {
        recording = false;
        return this;
    }

    /** What becomes of saved tensors. */
    public TapeBuilder policy(SavedTensorPolicy value) {
        mode = mode.with(value);
        return this;
    }

    /** What becomes of tensors that are saved in calls of a module of the model, whatever holds around it. */
    public TapeBuilder policy(Callee part, SavedTensorPolicy value) {
        return in(part, caller -> caller.with(value));
    }

    /** Watches what is computed. */
    public TapeBuilder observer(TapeObserver value) {
        observer = value;
        return this;
    }

    /** Compares what is computed again with the first run, value by value; by default what it does is compared alone. */
    public TapeBuilder replayCheck(ReplayCheck value) {
        check = value;
        return this;
    }

    /**
     * Adds to gradients that are there already. To train on one large batch as several small ones, give the tape of each
     * the same gradients and its {@link #share} of the samples, differentiate its mean loss with {@link
     * Tape#backward(Variable)}, and step once after the last. What normalises over a batch still sees the small ones.
     */
    public TapeBuilder gradients(Gradients value) {
        gradients = value;
        return this;
    }

    /**
     * Which share of the step the tape's loss is: with it {@link Tape#backward(Variable)} begins, in place of 1. What
     * differentiates already in forward, as a decoupled sequence does, has to know it by then: behind such a thing {@link
     * Tape#backward(List, List)} refuses a loss with any other gradient, and outputs that are no loss unless a share was
     * named. A factor inside the loss is no share: it makes another loss.
     *
     * <pre>{@code
     * for (Batch part : parts) {
     *     try (Tape tape = Tape.builder(scope).gradients(gradients).share(part.size() / (double) samples).build()) {
     *         tape.backward(meanLoss(tape, part));
     *     }
     * }
     * optimizer.step(gradients);
     * }</pre>
     *
     * @param value the samples of the loss over those of the step
     * @throws IllegalArgumentException unless it is positive
     */
    public TapeBuilder share(double value) {
        share = StepShare.of(value);
        return this;
    }

    /**
     * Computes again what another tape of the same seed computed: random numbers are the same, and effects that the first run
     * had on state, as running statistics, are held back. Nothing is compared with the first run, whose weights may have been
     * others; what a module remembers from call to call is seen as it is now.
     *
     * <pre>{@code
     * try (Tape first = Tape.builder(scope).seed(seed).notRecording().build()) {
     *     keep(model.call(first.constant(x)));
     * }
     * try (Tape second = Tape.builder(scope).seed(seed).again().build()) {
     *     second.backward(List.of(model.call(second.constant(x))), List.of(gradient));
     * }
     * }</pre>
     */
    public TapeBuilder again() {
        again = true;
        return this;
    }

    /**
     * Reads parameters from other tensors, as from copies of their values before an update; gradients are told of the
     * parameters. What the tape keeps stays valid while the parameters move on.
     *
     * @param values in place of those of some parameters, of their shapes and types. Not modified; have to outlive the tape
     * @throws IllegalArgumentException if one has not the shape and type of its parameter
     */
    public TapeBuilder weights(Map<Parameter, Tensor> values) {
        values.forEach((parameter, value) -> {
            if (!value.spec().equals(parameter.value().spec())) {
                throw new IllegalArgumentException("tape: weights " + value.spec() + " given for parameter " + parameter
                        + "; give tensors of the parameters' shapes and types");
            }
        });
        weights = Map.copyOf(values);
        return this;
    }

    /** The tape. */
    public Tape build() {
        CallSite site = CallSite.at(scope.path(), CallSite.key(seed, "", 0), mode);
        return new Tape(
                scope,
                site,
                new TapeSettings(recording, recording, observer, check, share, new IdentityHashMap<>(parts), weights),
                gradients,
                again);
    }
}
