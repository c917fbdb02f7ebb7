package org.backpropaganda.autograd.technique;

import java.util.Map;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;

/**
 * What a technique makes of the tensors that the steps of one run save, and what it needs for that: opened in front of the
 * first step, closed behind the last. One thread's at a time.
 */
public interface Savings extends AutoCloseable {

    /** Leaves everything to others. */
    Savings NONE = rest -> rest;

    /**
     * What becomes of saved tensors.
     *
     * @param rest decides what this technique leaves alone
     */
    SavedTensorPolicy before(SavedTensorPolicy rest);

    /** What the technique has counted so far, by the names of {@code report.json}; empty where it counts nothing. */
    default Map<String, Object> figures() {
        return Map.of();
    }

    /** Gives back what the run needed. */
    @Override
    default void close() {}
}
