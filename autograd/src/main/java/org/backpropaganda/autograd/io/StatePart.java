package org.backpropaganda.autograd.io;

import java.util.Map;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** Something with a name in a training state. */
interface StatePart {

    /** Adds what it is now. */
    void save(StateEntries entries, Map<String, Tensor> tensors);

    /** Checks what a file says of it, and notes the tensors that the file must have. Modifies nothing. */
    Found read(StateEntries entries, Map<String, TensorSpec> wanted) throws TensorFileException;

    /** What a file says of a part. */
    @FunctionalInterface
    interface Found {

        /** Makes room, which may fail. */
        default void reserve() {}

        /** Takes over what was found, and adds the tensors that are to be filled. */
        void resume(Map<String, Tensor> targets);

        /** What it added has been filled. */
        default void filled() {}
    }

    /** Lets go of what was made to save or to load. */
    default void end() {}
}
