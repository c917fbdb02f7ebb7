package org.backpropaganda.autograd.tensor;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one program shares: the memory pool, the byte ledger with its budget, caches of kernels, the thread count.
 * Nothing of it is static: two engines know nothing of each other, and a tensor of one is refused by the other.
 *
 * <p>Thread-safe. What touches memory or kernels of an engine does so between {@link #enter()} and {@link #leave()};
 * {@link #close()} waits for it, and whatever comes later throws. Ops, kernels and the methods of {@link Tensor} that read
 * or write do that themselves.
 *
 * <p>An engine {@linkplain #withoutMemory() without memory} has all of it but the bytes: its tensors have a shape, an
 * owner and an entry in the ledger, and nothing computes. It tells what a computation would hold.
 */
public final class Engine implements AutoCloseable {
    /** More threads than this exhaust the system rather than speed anything up. */
    public static final int MOST_THREADS = 1024;

    /** How many bytes of compiled kernels an engine keeps unless it is told otherwise. */
    public static final long DEFAULT_PRIMITIVE_BYTES = 64L << 20;

    private final int threads;
    private final boolean keepsReorderedWeights;
    private final long primitiveBudgetBytes;
    private final Gate gate = new Gate();
    private final BlockPool pool = new BlockPool(Pages.ofThisPlatform());
    private final MemoryLedger ledger;
    private final Reclaimers reclaimers = new Reclaimers();
    private final boolean memory;
    private final NativeRuntime runtime = new NativeRuntime();
    private final Workers workers;
    private final Map<Class<?>, AutoCloseable> services = new ConcurrentHashMap<>();
    private final TensorScope root = new TensorScope(this, null, "", false);

    private Engine(Builder builder) {
        this.threads = builder.threads;
        this.keepsReorderedWeights = builder.keepsReorderedWeights;
        this.primitiveBudgetBytes = builder.primitiveBudgetBytes;
        this.memory = builder.memory;
        this.ledger = new MemoryLedger(builder.budgetBytes);
        this.workers = new Workers(builder.threads, gate);
        useThreads();
    }

    /** An engine with every processor and no byte budget. */
    public static Engine create() {
        return builder().build();
    }

    /**
     * An engine that allocates nothing: what is written to its tensors is forgotten, and reading them throws a
     * {@link NoValuesException}.
     */
    public static Engine withoutMemory() {
        return builder().threads(1).withoutMemory().build();
    }

    /** An engine without memory in which a computation would hold what it holds in another: of its settings and threads. */
    public static Engine withoutMemory(Engine other) {
        Builder builder = builder().threads(other.threads).withoutMemory();
        builder.keepsReorderedWeights = other.keepsReorderedWeights;
        return builder.build();
    }

    /** An engine to configure. */
    public static Builder builder() {
        return new Builder();
    }

    /** Configures an engine. */
    public static final class Builder {
        private int threads = Runtime.getRuntime().availableProcessors();
        private long budgetBytes = Long.MAX_VALUE;
        private long primitiveBudgetBytes = DEFAULT_PRIMITIVE_BYTES;
        private boolean memory = true;
        private boolean keepsReorderedWeights;

        private Builder() {}

        /**
         * Keeps the weights of convolutions in the layout that their kernels want until the step ends, so that a step that
         * computes twice reorders them once. It costs a copy of all such weights for the time of a step, as {@code SCRATCH}.
         */
        public Builder keepReorderedWeights() {
            keepsReorderedWeights = true;
            return this;
        }

        /** How many threads a kernel may use, from 1 to {@value Engine#MOST_THREADS}. Results repeat bit for bit at a fixed count. */
        public Builder threads(int count) {
            if (count < 1 || count > MOST_THREADS) {
                throw new IllegalArgumentException("threads: " + count + " is not within [1, " + MOST_THREADS + "]");
            }
            threads = count;
            return this;
        }

        /** The most live bytes that the ledger allows, all kinds together; an allocation beyond it is refused. */
        public Builder memoryBudgetBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("memory budget: " + bytes + " bytes is below 1");
            }
            budgetBytes = bytes;
            return this;
        }

        /**
         * The most bytes of compiled kernels that are kept for reuse, {@value Engine#DEFAULT_PRIMITIVE_BYTES} where nothing is
         * said; the least recently used go first. A step whose kernels do not fit together compiles them again in every step.
         *
         * @param bytes by the estimate that {@link Engine#primitiveBytes()} tells
         */
        public Builder primitiveBudgetBytes(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("primitive budget: " + bytes + " bytes is below 0");
            }
            primitiveBudgetBytes = bytes;
            return this;
        }

        /** Allocates nothing, as {@link Engine#withoutMemory()} does, with the settings given here: a budget too. */
        public Builder withoutMemory() {
            memory = false;
            return this;
        }

        /** The engine. */
        public Engine build() {
            return new Engine(this);
        }
    }

    /** A scope of its own for a model, a step or a whole program. */
    public TensorScope scope(String path) {
        return root.childAt(path);
    }

    /** Whether tensors have bytes; if not, nothing computes. */
    public boolean hasMemory() {
        return memory;
    }

    /** The byte ledger. */
    public MemoryLedger ledger() {
        return ledger;
    }

    /**
     * Sets the one watcher of every block of bytes, or none. It is first told of all that is alive, as if it were allocated now.
     * While another thread computes, what that thread allocates in this moment may be missed.
     */
    public void watch(@Nullable AllocationWatcher watcher) {
        if (watcher == null) {
            ledger.watch(null, w -> {});
            return;
        }
        IdentityHashMap<Storage, Consumer<AllocationWatcher>> alive = new IdentityHashMap<>();
        root.visit(tensor -> {
            Storage storage = tensor.storage();
            TensorSpec spec = tensor.spec();
            MemoryKind kind = storage.kind();
            String path = storage.path();
            alive.putIfAbsent(storage, told -> told.allocated(storage, spec, kind, path));
        });
        ledger.watch(watcher, told -> alive.values().forEach(each -> each.accept(told)));
    }

    /** The watcher, for tapes to tell of computations; null where there is none. */
    public @Nullable AllocationWatcher watcher() {
        return ledger.watcher();
    }

    /** Whether kernels keep reordered weights until the step ends. */
    public boolean keepsReorderedWeights() {
        return keepsReorderedWeights;
    }

    /** How many threads a kernel may use. */
    public int threads() {
        return threads;
    }

    /** Pages that the pool holds from the system: live blocks, their alignment, and free blocks kept for reuse. */
    public long reservedBytes() {
        return pool.reservedBytes();
    }

    /** The highest {@link #reservedBytes()} since the last {@link #resetPeaks()}. */
    public long peakReservedBytes() {
        return pool.peakReservedBytes();
    }

    /**
     * What the compiled kernels that are kept for reuse hold beside {@link #reservedBytes()}, by an estimate for each kind:
     * the library that compiles them does not tell. At most {@link #primitiveBudgetBytes()}, or one kernel.
     */
    public long primitiveBytes() {
        return services.values().stream()
                .mapToLong(service -> service instanceof NativeCache cache ? cache.nativeBytes() : 0)
                .sum();
    }

    /** The bound on {@link #primitiveBytes()}. */
    public long primitiveBudgetBytes() {
        return primitiveBudgetBytes;
    }

    /** Starts a new observation of the ledger's and the pool's peaks. */
    public void resetPeaks() {
        ledger.resetPeak();
        pool.resetPeak();
    }

    /** Gives the pages of free blocks back to the system. */
    public void trim() {
        pool.trimTo(0);
    }

    /** Makes native kernels that the calling thread starts use this engine's thread count. */
    public void useThreads() {
        useThreads(threads);
    }

    /**
     * Makes native kernels that the calling thread starts use fewer threads than this engine's, for work that the others
     * are not worth waking for.
     *
     * @param most threads, at least 1; more than {@link #threads()} are those
     */
    public void useThreads(int most) {
        runtime.useThreads(Math.min(most, threads));
    }

    /**
     * Runs {@code body} over [0, count) in contiguous pieces of at least {@code grain}, on up to all threads; not at all
     * where there is no memory to run over.
     */
    public void parallel(long count, long grain, Workers.Range body) {
        if (hasMemory()) {
            enter();
            try {
                workers.run(count, grain, body);
            } finally {
                leave();
            }
        }
    }

    /** The one instance of {@code type} that belongs to this engine, made on first use and closed with the engine. */
    public <T extends AutoCloseable> T service(Class<T> type, Function<Engine, T> make) {
        AutoCloseable found = services.get(type);
        return type.cast(found != null ? found : newService(type, make));
    }

    private AutoCloseable newService(Class<?> type, Function<Engine, ? extends AutoCloseable> make) {
        enter();
        try {
            return services.computeIfAbsent(type, t -> make.apply(this));
        } finally {
            leave();
        }
    }

    /**
     * Says that the calling thread touches this engine's memory or kernels from here on: {@link #close()} waits until it has
     * {@linkplain #leave() left}. For kernels and ops; calls nest, and each is followed by one {@code leave}.
     *
     * @throws IllegalStateException if the engine is closed
     */
    public void enter() {
        gate.enter();
    }

    /**
     * Ends what {@link #enter()} began.
     *
     * @throws IllegalStateException if the calling thread has left as often as it came
     */
    public void leave() {
        gate.leave();
    }

    /** Whether the engine was closed, or is being closed. */
    public boolean isClosed() {
        return gate.isClosed();
    }

    /**
     * Refuses a tensor of another engine, whose bytes could go while this one reads them. Where one of the two engines has
     * no memory there is nothing to read, and it passes: shapes of a model are computed where its weights are not.
     *
     * @param what asks, to be named
     * @return the tensor
     * @throws IllegalArgumentException if it belongs to another engine and both have memory
     */
    public Tensor requireOwn(String what, Tensor tensor) {
        if (tensor.engine() != this && hasMemory() && tensor.hasValues()) {
            throw new IllegalArgumentException(what + ": " + tensor.spec()
                    + " belongs to another engine; copy its values into a tensor of this one with copyFrom");
        }
        return tensor;
    }

    Storage newStorage(TensorSpec spec, MemoryKind kind, String path, boolean lease) {
        long bytes = spec.bytes();
        MemoryKind booked = lease && kind == MemoryKind.TEMPORARY ? MemoryKind.ACTIVATION : kind;
        while (true) {
            makeRoom(booked, path, bytes);
            BlockPool.Block block = hasMemory() ? pool.allocate(bytes) : null;
            Storage storage = new Storage(this, block, bytes, kind, path, lease);
            boolean allocated = false;
            try {
                allocated = ledger.allocated(storage, spec);
            } finally {
                if (!allocated) {
                    release(block);
                }
            }
            if (allocated) {
                return storage;
            }
        }
    }

    /** Has bytes freed until there is room, before anything is taken from the system; another thread may take it first. */
    private void makeRoom(MemoryKind kind, String path, long bytes) {
        for (long missing = ledger.missing(bytes); missing > 0; missing = ledger.missing(bytes)) {
            if (!reclaimers.release(missing) && ledger.missing(bytes) > 0) {
                throw ledger.refusal(kind, path, bytes, reclaimers.describe());
            }
        }
    }

    /**
     * Asks {@code reclaimer} for bytes before an allocation of the calling thread is refused over the {@linkplain
     * Builder#memoryBudgetBytes budget}. Several are asked in the order of their registration.
     */
    public MemoryReclaimer.Registration reclaimWith(MemoryReclaimer reclaimer) {
        return reclaimers.register(reclaimer);
    }

    void release(BlockPool.@Nullable Block block) {
        if (block != null) {
            pool.release(block);
        }
    }

    /**
     * Waits for kernels that are at work in other threads, then closes every scope that is still open, the services and the
     * pool. Whatever uses the engine or its tensors later throws.
     *
     * @throws IllegalStateException if it was closed before, or if the calling thread is inside a kernel or a lent array
     */
    @Override
    public void close() {
        gate.close();
        Exception failure = null;
        root.closeIfOpen();
        for (AutoCloseable service : services.values()) {
            try {
                service.close();
            } catch (Exception e) {
                failure = failure == null ? e : failure;
            }
        }
        workers.close();
        pool.close();
        if (failure != null) {
            throw new IllegalStateException("closing an engine", failure);
        }
    }
}
