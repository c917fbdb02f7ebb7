package org.backpropaganda.checkpointing.offload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * A file that tensors wait in, out of memory. It belongs to this object alone, has no name that anything else could find, and is
 * gone when it is closed, or when the process ends, however it does.
 *
 * <pre>{@code
 * try (OffloadFile file = OffloadFile.in(Path.of("/scratch")).capacityBytes(8L << 30).open()) {
 *     Stored stored = file.write(activation);
 *     activation.close();
 *     ...
 *     Tensor back = stored.read(scope);
 *     stored.discard();
 * }
 * }</pre>
 *
 * <p>Tensors of an engine without memory are stored too, without bytes: their ledger tells what it would.
 */
public final class OffloadFile implements AutoCloseable {
    private final BlockFile file;
    private final Extents extents;
    private final ByteBuffer buffer;
    private final long capacityBytes;
    private long writtenBytes;
    private long readBytes;
    private long liveBytes;
    private long peakBytes;
    private boolean closed;

    private OffloadFile(BlockFile file, Builder builder) {
        this.file = file;
        this.capacityBytes = builder.capacityBytes;
        this.extents = new Extents(file.blockBytes());
        this.buffer = ByteBuffer.allocateDirect(builder.bufferBytes + file.blockBytes())
                .alignedSlice(file.blockBytes());
    }

    /** A file to configure, in a directory on a disk. */
    public static Builder in(Path directory) {
        return new Builder(directory);
    }

    /** Configures a file. */
    public static final class Builder {
        private final Path directory;
        private long capacityBytes = Long.MAX_VALUE;
        private int bufferBytes = 1 << 20;

        private Builder(Path directory) {
            this.directory = directory;
        }

        /** The most bytes that the file may take on the disk, which has to have them free. */
        public Builder capacityBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("offload: a capacity of " + bytes + " bytes is below 1");
            }
            capacityBytes = bytes;
            return this;
        }

        /**
         * Creates the file.
         *
         * @throws IllegalArgumentException if the directory is in memory itself, as on tmpfs
         * @throws IOException if there is no such directory, it has no room for the capacity, or no file can be made there
         */
        public OffloadFile open() throws IOException {
            return new OffloadFile(BlockFile.create(directory, FileChannel::open), this);
        }
    }

    /** Stores a tensor, which may be modified and closed afterwards. */
    public synchronized Stored write(Tensor tensor) {
        checkOpen();
        long end = extents.endWith(tensor.bytes());
        if (end > capacityBytes) {
            throw new UncheckedIOException(new IOException("offload: " + tensor.spec() + " would make the file " + end
                    + " bytes long, with a capacity of " + capacityBytes));
        }
        Entry entry = new Entry(tensor.spec(), tensor.bytes(), extents.allocate(tensor.bytes()));
        if (tensor.hasValues()) {
            for (long from = 0; from < tensor.bytes(); from += buffer.capacity()) {
                int count = (int) Math.min(buffer.capacity(), tensor.bytes() - from);
                buffer.clear().put(tensor.buffer(from, count));
                buffer.flip().limit((int) extents.rounded(count));
                try {
                    file.write(buffer, entry.at + from);
                } catch (IOException e) {
                    throw new UncheckedIOException("offload: writing " + tensor.spec() + ": " + e.getMessage(), e);
                }
            }
            writtenBytes += tensor.bytes();
        }
        liveBytes += tensor.bytes();
        peakBytes = Math.max(peakBytes, liveBytes);
        return entry;
    }

    /** Bytes of all tensors that were stored. */
    public synchronized long writtenBytes() {
        return writtenBytes;
    }

    /** Bytes of all tensors that were brought back, each time. */
    public synchronized long readBytes() {
        return readBytes;
    }

    /** Bytes of the tensors that are stored. */
    public synchronized long liveBytes() {
        return liveBytes;
    }

    /** The highest {@link #liveBytes()}. */
    public synchronized long peakBytes() {
        return peakBytes;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("offload: the file is closed");
        }
    }

    /** Deletes the file. Twice throws. */
    @Override
    public synchronized void close() {
        checkOpen();
        closed = true;
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException("offload: closing the file: " + e.getMessage(), e);
        }
    }

    /** One tensor's extent. */
    private final class Entry implements Stored {
        private final TensorSpec spec;
        private final long bytes;
        private final long at;
        private boolean discarded;

        Entry(TensorSpec spec, long bytes, long at) {
            this.spec = spec;
            this.bytes = bytes;
            this.at = at;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public Tensor read(TensorScope scope) {
            synchronized (OffloadFile.this) {
                checkOpen();
                if (discarded) {
                    throw new IllegalStateException("offload: " + spec + " was discarded");
                }
                Tensor tensor = scope.allocate(spec.shape(), spec.dtype());
                if (tensor.hasValues()) {
                    try {
                        fill(tensor);
                    } catch (IOException e) {
                        tensor.close();
                        throw new UncheckedIOException("offload: reading " + spec + ": " + e.getMessage(), e);
                    }
                    readBytes += bytes;
                }
                return tensor;
            }
        }

        private void fill(Tensor tensor) throws IOException {
            for (long from = 0; from < bytes; from += buffer.capacity()) {
                int count = (int) Math.min(buffer.capacity(), bytes - from);
                buffer.clear().limit((int) extents.rounded(count));
                file.read(buffer, at + from);
                tensor.buffer(from, count).put(buffer.flip().limit(count));
            }
        }

        @Override
        public void prefetch() {
            // Reading is not asynchronous.
        }

        @Override
        public void discard() {
            synchronized (OffloadFile.this) {
                if (closed) {
                    return;
                }
                if (discarded) {
                    throw new IllegalStateException("offload: " + spec + " was discarded already");
                }
                discarded = true;
                extents.release(at, bytes);
                liveBytes -= bytes;
            }
        }
    }
}
