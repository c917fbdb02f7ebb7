package org.backpropaganda.experiments.model;

import java.util.concurrent.atomic.AtomicLong;

/** Where a run listens to a model: evaluations of blocks, and results of activations. */
public final class Taps {
    private final AtomicLong evaluations = new AtomicLong();
    private final SignRecorder signs = new SignRecorder();

    /** How many counted functions ran, replays included. */
    public AtomicLong evaluations() {
        return evaluations;
    }

    /** Signs of activations, where recorded. */
    public SignRecorder signs() {
        return signs;
    }

    void counted() {
        evaluations.incrementAndGet();
    }
}
