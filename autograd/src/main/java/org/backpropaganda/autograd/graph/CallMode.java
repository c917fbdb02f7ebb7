package org.backpropaganda.autograd.graph;

/**
 * How modules behave in a call, and in all calls from there.
 *
 * @param training whether they train: batch statistics, dropout
 * @param frozenStatistics whether normalisations use their running statistics and leave them, though everything trains
 * @param policy what becomes of tensors that are saved
 */
public record CallMode(boolean training, boolean frozenStatistics, SavedTensorPolicy policy) {

    CallMode evaluating() {
        return new CallMode(false, frozenStatistics, policy);
    }

    CallMode withFrozenStatistics() {
        return new CallMode(training, true, policy);
    }

    CallMode with(SavedTensorPolicy other) {
        return new CallMode(training, frozenStatistics, other);
    }
}
