package org.backpropaganda.autograd.nn;

import java.util.Optional;

/**
 * A layer that, along some axes of its input, computes an entry of its result from several entries. It cannot run in pieces of
 * such an axis: what a piece gives would not be what the whole gives there.
 */
public interface AxisMixing {
    /**
     * What it does across an axis of its input.
     *
     * @param axis non-negative; 0 is the batch of most layers
     * @param batchStatistics whether normalisations use the statistics of the batch, as in training
     * @return a clause behind the layer's name, as {@code "carries a state from step to step"}; empty if no entry depends on
     *     another one
     */
    Optional<String> mixes(int axis, boolean batchStatistics);
}
