package org.backpropaganda.checkpointing.offload;

import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * A tensor in an {@link OffloadFile}. It may be read any number of times, until it is discarded.
 *
 * <pre>{@code
 * Stored stored = file.write(tensor);   // the tensor may be closed now
 * stored.prefetch();
 * Tensor back = stored.read(scope);     // the same shape, element type and bits
 * stored.discard();
 * }</pre>
 */
public interface Stored {
    /** Bytes of the tensor. */
    long bytes();

    /**
     * Brings the tensor back, bit for bit, and leaves it in the file.
     *
     * @param scope to own the tensor; the caller closes it
     * @throws java.io.UncheckedIOException if writing it, or anything to the same file, or reading it has failed
     */
    Tensor read(TensorScope scope);

    /**
     * Begins to bring the tensor back, in another thread: the next {@link #read} waits for what is left of it. From now on its
     * bytes are in memory, as {@code TEMPORARY}, until then or until it is discarded; they are not there where the engine's
     * budget has no room for them.
     */
    void prefetch();

    /** Lets its place in the file go. Twice throws; behind the end of the file it does nothing. */
    void discard();
}
