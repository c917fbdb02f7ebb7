package org.backpropaganda.autograd.graph;

/**
 * How a tape behaves.
 *
 * @param training whether modules use batch statistics and dropout
 * @param recording whether backward is possible
 * @param replay whether this computes again what ran before
 * @param differentiating whether this is part of a step that has a backward
 * @param policy what becomes of saved tensors
 * @param observer sees what is computed
 * @param share with what backward of the outermost tape begins
 */
record TapeSettings(
        boolean training,
        boolean recording,
        boolean replay,
        boolean differentiating,
        SavedTensorPolicy policy,
        TapeObserver observer,
        StepShare share) {

    /** For the first run of a segment that keeps nothing. */
    TapeSettings silent() {
        return new TapeSettings(training, false, replay, differentiating, policy, observer, share);
    }

    /** For a segment that differentiates while its first run goes on. */
    TapeSettings recorded() {
        return new TapeSettings(training, true, replay, true, policy, observer, share);
    }

    /** For computing again. */
    TapeSettings replayed() {
        return new TapeSettings(training, true, true, true, policy, observer, share);
    }
}
