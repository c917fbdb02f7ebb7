package org.backpropaganda.autograd.tensor;

/**
 * Watches every block of bytes of an {@link Engine}: when it is allocated, what it is booked as, when it is freed, and which
 * computation did that. From it follow who was alive at a peak, and a trace of a step.
 *
 * <pre>{@code
 * engine.watch(watcher);   // told of all that is alive, then of what changes
 * step();
 * engine.watch(null);
 * }</pre>
 *
 * <p>What concerns bytes is told under the ledger's lock, in the ledger's order, so that sums agree with the ledger's at any
 * moment: be brief, and do not allocate tensors. A watcher that throws hears no more; an allocation that it threw at is undone,
 * every other change stands.
 */
public interface AllocationWatcher {
    /** When something is computed. */
    enum Phase {
        /** For the first time. */
        FORWARD,
        /** Once more, because it was not kept. */
        REPLAY,
        /** Gradients, from what was kept. */
        BACKWARD,
        /** New values of parameters. */
        UPDATE
    }

    /**
     * Bytes were allocated.
     *
     * @param block the bytes, as {@link Tensor#identity()} tells of every tensor over them; not to be held beyond {@link #freed}
     * @param spec of the first tensor over them
     * @param kind as which they are booked
     * @param path under which they are booked
     */
    void allocated(Object block, TensorSpec spec, MemoryKind kind, String path);

    /**
     * Bytes are booked otherwise from now on.
     *
     * @param block the bytes
     * @param kind as which they are booked now
     * @param path under which they are booked now
     */
    void booked(Object block, MemoryKind kind, String path);

    /**
     * Bytes were freed.
     *
     * @param block the bytes
     */
    void freed(Object block);

    /**
     * An op or a segment begins to compute; what it allocates until {@link #ends} is its own, but for what others allocate that
     * begin and end within.
     *
     * @param name of the op or segment
     * @param path of the module call that applies it
     */
    default void begins(String name, String path, Phase phase) {}

    /** What began last and has not ended has ended, or failed. */
    default void ends() {}

    /**
     * A tensor was put away for backward.
     *
     * @param block its bytes
     * @param reader the name of the op or segment that will read it
     * @param label what it is to the reader: {@code "input 0"}, {@code "output"}, or the name of an extra
     * @param codec the name of what the policy chose: {@code "keep"}, or what packs it
     */
    default void saved(Object block, String reader, String label, String codec) {}
}
