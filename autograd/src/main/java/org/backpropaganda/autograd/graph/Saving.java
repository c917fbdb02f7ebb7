package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link SavedTensorPolicy} decides from: a tensor that an op or a segment is about to save.
 *
 * @param tensor the values, unless they are of an engine without memory. Not to be modified, closed or held
 * @param op the name of the op or segment that will read it in backward
 * @param path of the module call that saves it
 * @param label what it is to the reader: {@code "input 0"}, {@code "output"}, or the name of an extra
 * @param key the random key of the module call: the same whenever the call is computed again
 * @param reader the op that will read it; null for a segment, which may compute from it again
 * @param isReplay whether this is computed again, having been computed and not kept before
 * @param isExact whether it has to come back bit for bit: integers and bits, and what a segment reconstructs from
 * @param recipe how the tensor is computed from what is kept, or null where the tape does not know: inputs, constants, what a
 *     segment made, extras
 */
public record Saving(
        Tensor tensor,
        String op,
        String path,
        String label,
        long key,
        @Nullable Op reader,
        boolean isReplay,
        boolean isExact,
        @Nullable Recipe recipe) {

    /** Shape and element type of the tensor. */
    public TensorSpec spec() {
        return tensor.spec();
    }

    /** How errors call it. */
    SavedLabel describe() {
        return new SavedLabel(op, path, label);
    }
}
