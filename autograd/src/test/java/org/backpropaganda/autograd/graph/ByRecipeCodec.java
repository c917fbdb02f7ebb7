package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Keeps how a tensor was made, in place of the tensor.
 *
 * @param isUnpackedOnce whether its first reader makes it for all
 */
record ByRecipeCodec(boolean isUnpackedOnce) implements SavedTensorCodec {
    @Override
    public String name() {
        return "by recipe";
    }

    @Override
    public boolean isExact() {
        return true;
    }

    @Override
    public Packed pack(Saving saving, TensorScope leases) {
        Recipe.Held held = saving.recipe().hold();
        return new Packed() {
            @Override
            public Tensor unpack(TensorScope to) {
                return held.make(to);
            }

            @Override
            public void discard() {
                held.release();
            }

            @Override
            public int depth() {
                return held.depth();
            }
        };
    }
}
