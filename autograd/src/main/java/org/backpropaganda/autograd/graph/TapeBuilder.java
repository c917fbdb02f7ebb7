package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** Configures a {@link Tape}. */
public final class TapeBuilder {
    private final TensorScope scope;
    private long seed;
    private boolean training = true;
    private boolean recording = true;
    private SavedTensorPolicy policy = SavedTensorPolicy.keep();
    private TapeObserver observer = TapeObserver.NONE;
    private @Nullable Gradients gradients;

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
        training = false;
        return this;
    }

    /** Nothing is kept; there is no backward. */
    public TapeBuilder notRecording() {
        recording = false;
        return this;
    }

    /** What becomes of saved tensors. */
    public TapeBuilder policy(SavedTensorPolicy value) {
        policy = value;
        return this;
    }

    /** Watches what is computed. */
    public TapeBuilder observer(TapeObserver value) {
        observer = value;
        return this;
    }

    /**
     * Adds to gradients that are there already. To train on one large batch as several small ones, give the tape of each
     * the same gradients, begin its backward with its share of the samples as the gradient of its mean loss ({@link
     * Tape#backward(List, List)}), and step once after the last. What normalises over a batch still sees the small ones.
     */
    public TapeBuilder gradients(Gradients value) {
        gradients = value;
        return this;
    }

    /** The tape. */
    public Tape build() {
        CallSite site = CallSite.at(scope.path(), CallSite.key(seed, "", 0));
        return new Tape(
                scope, site, new TapeSettings(training, recording, false, recording, policy, observer), gradients);
    }
}
