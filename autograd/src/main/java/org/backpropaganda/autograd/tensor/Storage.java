package org.backpropaganda.autograd.tensor;

import org.jspecify.annotations.Nullable;

/**
 * Bytes that one or more tensors share. Freed when the last share goes. Thread-safe: tensors of one storage may belong
 * to scopes of several threads.
 */
final class Storage {
    private final Engine engine;
    private final BlockPool.@Nullable Block block;
    private final long bytes;
    private volatile String path;
    private MemoryKind kind;
    private int shares = 1;
    private int leases;
    private int version;
    private @Nullable String lastWriter;

    Storage(Engine engine, BlockPool.@Nullable Block block, long bytes, MemoryKind kind, String path, boolean lease) {
        this.engine = engine;
        this.block = block;
        this.bytes = bytes;
        this.kind = kind;
        this.path = path;
        this.leases = lease ? 1 : 0;
    }

    Engine engine() {
        return engine;
    }

    long address() {
        if (block == null) {
            throw new NoValuesException("a tensor" + (path.isEmpty() ? "" : " of " + path)
                    + " has a shape but no values, because its engine has no memory; compute in another engine what"
                    + " reads them");
        }
        return block.address();
    }

    String path() {
        return path;
    }

    long bytes() {
        return bytes;
    }

    /** Books the bytes under another path; nothing where they are free already. */
    synchronized void rename(String other) {
        String before = path;
        if (shares > 0 && !before.equals(other)) {
            path = other;
            engine.ledger().renamed(this, before);
        }
    }

    /** The kind that the ledger counts: a leased temporary is an activation. */
    synchronized MemoryKind kind() {
        return leases > 0 && kind == MemoryKind.TEMPORARY ? MemoryKind.ACTIVATION : kind;
    }

    /**
     * Counts one more tensor over the bytes.
     *
     * @throws IllegalStateException if another thread has freed them meanwhile
     */
    synchronized void share(boolean lease) {
        if (shares == 0) {
            throw new IllegalStateException(
                    engine.isClosed() ? "the engine is closed" : "the tensor was closed by another thread");
        }
        shares++;
        if (lease) {
            MemoryKind before = kind();
            leases++;
            try {
                recount(before);
            } catch (RuntimeException | Error e) {
                drop(true);
                throw e;
            }
        }
    }

    synchronized void drop(boolean lease) {
        MemoryKind before = kind();
        shares--;
        if (lease) {
            leases--;
        }
        if (shares == 0) {
            try {
                engine.ledger().freed(this, before);
            } finally {
                engine.release(block);
            }
        } else {
            recount(before);
        }
    }

    synchronized void become(MemoryKind other) {
        MemoryKind before = kind();
        kind = other;
        recount(before);
    }

    private void recount(MemoryKind before) {
        if (kind() != before) {
            engine.ledger().moved(this, before, path);
        }
    }

    synchronized int shares() {
        return shares;
    }

    synchronized int version() {
        return version;
    }

    synchronized @Nullable String lastWriter() {
        return lastWriter;
    }

    synchronized void written(String writer) {
        version++;
        lastWriter = writer;
    }
}
