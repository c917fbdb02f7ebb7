package org.backpropaganda.autograd.tensor;

/**
 * Frees bytes that can be had again, when an allocation would exceed the byte budget of an {@link Engine}. It is asked by the
 * thread that registered it alone, and before anything is refused:
 *
 * <pre>{@code
 * try (MemoryReclaimer.Registration registration = engine.reclaimWith(cache)) {
 *     train();
 * }
 * }</pre>
 *
 * No lock of the engine is held meanwhile. It closes tensors and allocates none.
 */
public interface MemoryReclaimer {

    /**
     * Frees bytes, if there are any to free.
     *
     * @param missing how many bytes the allocation lacks; more than that need not go
     * @return how many were freed, 0 where nothing is left to free
     */
    long release(long missing);

    /** What it freed so far and what it cannot free, for the error of an allocation that it could not make room for. */
    String describe();

    /** That an engine asks a reclaimer. */
    interface Registration extends AutoCloseable {
        /** It is asked no more. From any thread; once. */
        @Override
        void close();
    }
}
