package org.backpropaganda.reversible;

import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A stream, or a side input, on the way back.
 *
 * @param value reconstructed so far
 * @param gradient where its gradient gathers; null for a side input that needs none
 */
record Stream(Tensor value, @Nullable GradientSlot gradient) {
    /** The gradient so far, or null. */
    @Nullable
    Tensor slope() {
        return gradient == null ? null : gradient.value();
    }
}
