package org.backpropaganda.checkpointing.offload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Aligned buffers between the tensors of one engine and the file. A piece of a tensor is copied into the next buffer, which is
 * written meanwhile; it stays there until its buffer's turn comes again, and is had from there until then. What lies where
 * follows from the order of calls alone, never from how fast the disk is, so that an engine without memory tells every byte.
 *
 * <p>Not thread-safe; the disk's thread touches what it was asked to transfer.
 */
final class Ring implements AutoCloseable {
    private final Engine engine;
    private final Disk disk;
    private final int blockBytes;
    private final int bufferBytes;
    private final TensorScope scope;
    private final Buffer[] buffers;
    private final Buffer reading = new Buffer();
    private int next;
    private int stored;
    private long storedBytes;

    /** Memory that a piece passes through. */
    private static final class Buffer {
        private @Nullable Tensor memory;
        private @Nullable ByteBuffer bytes;
        private @Nullable Pieces owner;
        private int piece;
        private Disk.@Nullable Job writing;
    }

    /** A stored tensor's place in the file, in pieces of a buffer's size, and where they lie in memory as well. */
    static final class Pieces {
        private final long bytes;
        private final long at;
        private final @Nullable Buffer[] in;

        private Pieces(long bytes, long at, int count) {
            this.bytes = bytes;
            this.at = at;
            this.in = new Buffer[count];
        }

        long bytes() {
            return bytes;
        }

        /** Where it begins in the file. */
        long at() {
            return at;
        }
    }

    Ring(Engine engine, Disk disk, int blockBytes, int buffers, int bufferBytes) {
        this.engine = engine;
        this.disk = disk;
        this.blockBytes = blockBytes;
        this.bufferBytes = (bufferBytes + blockBytes - 1) / blockBytes * blockBytes;
        this.scope = engine.scope("offload");
        this.buffers = new Buffer[buffers];
        for (int i = 0; i < buffers; i++) {
            this.buffers[i] = new Buffer();
        }
    }

    Engine engine() {
        return engine;
    }

    /** The owner of memory that outlives a call. */
    TensorScope scope() {
        return scope;
    }

    /** Books a tensor that is stored from now on. */
    void add(long bytes) {
        stored++;
        storedBytes += bytes;
        engine.ledger().offloaded(bytes);
    }

    /** Books a tensor that is stored no longer. */
    void remove(long bytes) {
        stored--;
        storedBytes -= bytes;
        engine.ledger().offloaded(-bytes);
    }

    /** Whether nothing is stored, so that the buffers serve nobody. */
    boolean isIdle() {
        return stored == 0;
    }

    /** The place of a tensor that is about to be stored. */
    Pieces pieces(long bytes, long at) {
        return new Pieces(bytes, at, Math.toIntExact((bytes + bufferBytes - 1) / bufferBytes));
    }

    private int bytesOf(Pieces pieces, int piece) {
        return (int) Math.min(bufferBytes, pieces.bytes - (long) piece * bufferBytes);
    }

    private int transferred(Pieces pieces, int piece) {
        return (bytesOf(pieces, piece) + blockBytes - 1) / blockBytes * blockBytes;
    }

    /** Begins to write a tensor; its last bytes are copied when this returns. */
    void write(Pieces pieces, Tensor tensor) {
        for (int i = 0; i < pieces.in.length; i++) {
            Buffer buffer = buffers[next];
            next = (next + 1) % buffers.length;
            if (buffer.writing != null) {
                disk.await(buffer.writing);
            }
            release(buffer);
            ByteBuffer bytes = allocated(buffer);
            buffer.owner = pieces;
            buffer.piece = i;
            pieces.in[i] = buffer;
            if (bytes != null) {
                long from = (long) i * bufferBytes;
                bytes.duplicate().put(tensor.buffer(from, bytesOf(pieces, i)));
                int count = transferred(pieces, i);
                buffer.writing = disk.submit(file -> {
                    engine.enter();
                    try {
                        file.write(bytes.duplicate().limit(count), pieces.at + from);
                    } finally {
                        engine.leave();
                    }
                });
            }
        }
    }

    private @Nullable ByteBuffer allocated(Buffer buffer) {
        if (buffer.memory == null) {
            Tensor memory = scope.allocate(Shape.of(bufferBytes + (long) blockBytes), DType.BYTE, MemoryKind.SCRATCH);
            buffer.memory = memory;
            buffer.bytes =
                    memory.hasValues() ? memory.buffer(0, (int) memory.bytes()).alignedSlice(blockBytes) : null;
        }
        return buffer.bytes;
    }

    private static void release(Buffer buffer) {
        if (buffer.owner != null) {
            buffer.owner.in[buffer.piece] = null;
            buffer.owner = null;
        }
        buffer.writing = null;
    }

    /** Whether nothing has to be read from the file. */
    boolean hasAll(Pieces pieces) {
        for (Buffer buffer : pieces.in) {
            if (buffer == null) {
                return false;
            }
        }
        return true;
    }

    /** Bytes that need not be read from the file. */
    long presentBytes(Pieces pieces) {
        long bytes = 0;
        for (int i = 0; i < pieces.in.length; i++) {
            bytes += pieces.in[i] == null ? 0 : bytesOf(pieces, i);
        }
        return bytes;
    }

    /**
     * Copies what lies in buffers, and begins to read the rest.
     *
     * @param into to stay open until that is done
     * @return the reading; null if there is nothing to wait for
     */
    Disk.@Nullable Job fill(Pieces pieces, Tensor into) {
        BitSet missing = new BitSet();
        for (int i = 0; i < pieces.in.length; i++) {
            Buffer buffer = pieces.in[i];
            if (buffer == null) {
                missing.set(i);
            } else if (buffer.bytes != null && into.hasValues()) {
                int count = bytesOf(pieces, i);
                into.buffer((long) i * bufferBytes, count)
                        .put(buffer.bytes.duplicate().limit(count));
            }
        }
        if (missing.isEmpty()) {
            return null;
        }
        ByteBuffer bytes = allocated(reading);
        return bytes == null || !into.hasValues()
                ? null
                : disk.submit(file -> read(file, pieces, missing, bytes, into));
    }

    private void read(BlockFile file, Pieces pieces, BitSet missing, ByteBuffer through, Tensor into)
            throws IOException {
        Engine other = into.engine();
        engine.enter();
        try {
            other.enter();
            try {
                for (int i = missing.nextSetBit(0); i >= 0; i = missing.nextSetBit(i + 1)) {
                    long from = (long) i * bufferBytes;
                    file.read(through.duplicate().limit(transferred(pieces, i)), pieces.at + from);
                    int count = bytesOf(pieces, i);
                    into.buffer(from, count).put(through.duplicate().limit(count));
                }
            } finally {
                other.leave();
            }
        } finally {
            engine.leave();
        }
    }

    /**
     * Lets go of what lies in buffers of a tensor that nobody will read.
     *
     * @return bytes that need not be written any more
     */
    long forget(Pieces pieces) {
        long spared = 0;
        for (int i = 0; i < pieces.in.length; i++) {
            Buffer buffer = pieces.in[i];
            if (buffer != null) {
                spared += buffer.writing != null && disk.cancel(buffer.writing) ? bytesOf(pieces, i) : 0;
                pieces.in[i] = null;
                buffer.owner = null;
            }
        }
        return spared;
    }

    /** Frees the buffers, when the disk has done with them, and books what is left as stored no longer. */
    @Override
    public void close() {
        engine.ledger().offloaded(-storedBytes);
        stored = 0;
        storedBytes = 0;
        for (Buffer buffer : buffers) {
            if (buffer.writing != null) {
                disk.end(buffer.writing);
            }
        }
        if (!scope.isClosed()) {
            scope.close();
        }
    }
}
