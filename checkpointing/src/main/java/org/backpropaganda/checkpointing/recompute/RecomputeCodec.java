package org.backpropaganda.checkpointing.recompute;

import static java.util.Objects.requireNonNull;

import org.backpropaganda.autograd.graph.Recipe;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Keeps how a tensor is made, and makes it once for all readers.
 *
 * @param count told of it, or null
 */
record RecomputeCodec(@Nullable RecomputeCount count) implements SavedTensorCodec {

    @Override
    public String name() {
        return "recompute";
    }

    @Override
    public boolean isExact() {
        return true;
    }

    @Override
    public boolean isUnpackedOnce() {
        return true;
    }

    @Override
    public Packed pack(Saving saving, TensorScope leases) {
        Recipe.Held held = requireNonNull(saving.recipe()).hold();
        if (count != null && held.depth() > 0) {
            count.notKept(saving.spec().bytes());
        }
        return new ByRecipe(held, count);
    }

    /** How a tensor is made. */
    private record ByRecipe(Recipe.Held held, @Nullable RecomputeCount count) implements Packed {
        @Override
        public Tensor unpack(TensorScope scope) {
            if (count != null) {
                count.ranAgain(held.ops(), held.multiplyAdds());
            }
            return held.make(scope);
        }

        @Override
        public void discard() {
            held.release();
        }

        @Override
        public int depth() {
            return held.depth();
        }
    }
}
