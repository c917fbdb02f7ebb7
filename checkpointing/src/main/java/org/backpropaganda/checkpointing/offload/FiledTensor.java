package org.backpropaganda.checkpointing.offload;

import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** A tensor in the file, and what of it is on the way back. Everything happens under the lock of the file. */
final class FiledTensor implements Stored {
    private final OffloadFile file;
    private final Disk disk;
    private final Ring ring;
    private final TensorSpec spec;
    private final Ring.Pieces pieces;
    private @Nullable Ahead ahead;
    private boolean discarded;

    /**
     * A tensor that comes before it is asked for.
     *
     * @param tensor of the ring, so that it stays open while the disk fills it
     * @param lease whose kind it is counted as
     */
    private record Ahead(Tensor tensor, @Nullable Tensor lease, Disk.@Nullable Job reading, long present) {
        void close() {
            if (lease != null && !lease.isClosed()) {
                lease.close();
            }
            if (!tensor.isClosed()) {
                tensor.close();
            }
        }
    }

    FiledTensor(OffloadFile file, Disk disk, Ring ring, TensorSpec spec, Ring.Pieces pieces) {
        this.file = file;
        this.disk = disk;
        this.ring = ring;
        this.spec = spec;
        this.pieces = pieces;
    }

    Ring ring() {
        return ring;
    }

    Ring.Pieces pieces() {
        return pieces;
    }

    @Override
    public long bytes() {
        return pieces.bytes();
    }

    @Override
    public Tensor read(TensorScope scope) {
        return read(scope, () -> {});
    }

    /**
     * Brings the tensor back.
     *
     * @param meanwhile runs when the reading has been asked for, before it is waited for
     */
    Tensor read(TensorScope scope, Runnable meanwhile) {
        synchronized (file) {
            requireStored();
            disk.requireSound();
            Engine engine = ring.engine();
            if (scope.engine().hasMemory() && !engine.hasMemory()) {
                throw new IllegalStateException("offload: " + spec
                        + " was stored by an engine without memory; there are no values for one that has");
            }
            engine.enter();
            try {
                return ahead != null ? taken(ahead, scope, meanwhile) : filled(scope, meanwhile);
            } finally {
                engine.leave();
            }
        }
    }

    private Tensor taken(Ahead there, TensorScope scope, Runnable meanwhile) {
        try {
            meanwhile.run();
            if (there.reading() != null) {
                disk.await(there.reading());
            }
            Tensor tensor = scope.engine() == ring.engine()
                    ? scope.share(there.tensor())
                    : scope.allocate(spec.shape(), spec.dtype()).copyFrom(there.tensor());
            file.wasRead(ring, bytes(), there.present());
            return tensor;
        } finally {
            drop();
        }
    }

    private Tensor filled(TensorScope scope, Runnable meanwhile) {
        Tensor tensor = scope.allocate(spec.shape(), spec.dtype());
        Disk.Job reading = null;
        try {
            long present = ring.presentBytes(pieces);
            reading = ring.fill(pieces, tensor);
            meanwhile.run();
            if (reading != null) {
                disk.await(reading);
            }
            file.wasRead(ring, bytes(), present);
            return tensor;
        } catch (RuntimeException | Error e) {
            if (reading != null) {
                disk.end(reading);
            }
            tensor.close();
            throw e;
        }
    }

    @Override
    public void prefetch() {
        prefetch(null);
    }

    /** Whether not all of it lies in buffers. */
    boolean isToBeRead() {
        synchronized (file) {
            return !ring.hasAll(pieces);
        }
    }

    /**
     * Begins to bring the tensor back, unless it need not be read.
     *
     * @param leases to count it as held for backward
     * @return whether it is on its way, or there; not where the budget has no room
     */
    boolean prefetch(@Nullable TensorScope leases) {
        synchronized (file) {
            requireStored();
            if (ahead != null || !isToBeRead()) {
                return ahead != null;
            }
            Engine engine = ring.engine();
            engine.enter();
            try {
                ahead = begun(leases);
                return true;
            } catch (MemoryBudgetException e) {
                // It is read when it is needed.
                return false;
            } finally {
                engine.leave();
            }
        }
    }

    private Ahead begun(@Nullable TensorScope leases) {
        Tensor tensor = ring.scope().allocate(spec.shape(), spec.dtype());
        Tensor lease = null;
        try {
            lease = leases == null ? null : leases.share(tensor);
            long present = ring.presentBytes(pieces);
            return new Ahead(tensor, lease, ring.fill(pieces, tensor), present);
        } catch (RuntimeException | Error e) {
            if (lease != null) {
                lease.close();
            }
            tensor.close();
            throw e;
        }
    }

    private void drop() {
        if (ahead != null) {
            if (ahead.reading() != null) {
                disk.end(ahead.reading());
            }
            ahead.close();
            ahead = null;
        }
    }

    private void requireStored() {
        file.requireOpen();
        if (discarded) {
            throw new IllegalStateException("offload: " + spec + " was discarded");
        }
    }

    @Override
    public void discard() {
        synchronized (file) {
            if (file.isClosed()) {
                return;
            }
            requireStored();
            discarded = true;
            drop();
            file.letGo(this);
        }
    }
}
