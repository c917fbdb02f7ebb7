package org.backpropaganda.checkpointing.offload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A file that tensors wait in, out of memory. It belongs to this object alone, has no name that anything else could find, and is
 * gone when it is closed, or when the process ends, however it does. Two files in one directory know nothing of each other.
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
 * <p>A thread of its own writes and reads, past the page cache where the file system can do that; {@link #report} tells. Memory
 * between tensors and the disk is a ring of buffers, which the ledger counts as {@code SCRATCH} under the path {@code "offload"}
 * as long as anything is stored. What lies there still when it is asked for is not read. What is stored has a {@linkplain
 * org.backpropaganda.autograd.tensor.MemoryLedger#offloadedBytes line of its own} in the ledger.
 *
 * <p>Tensors of an engine without memory are stored without bytes: its ledger tells what another's would.
 *
 * <p>When writing or reading fails, as on a full disk, the disk has its space back at once, and whatever is stored is lost: each
 * call from then on throws an {@link UncheckedIOException} that tells the first failure. Thread-safe.
 */
public final class OffloadFile implements AutoCloseable {
    private final Disk disk;
    private final BlockFile file;
    private final Extents extents;
    private final Builder settings;
    private final Map<Engine, Ring> rings = new HashMap<>();
    private long writtenBytes;
    private long sparedBytes;
    private long readBytes;
    private long forwardedBytes;
    private long liveBytes;
    private long peakBytes;
    private boolean closed;

    private OffloadFile(BlockFile file, Builder settings) {
        this.file = file;
        this.disk = new Disk(file);
        this.settings = settings;
        this.extents = new Extents(file.blockBytes());
    }

    /** A file to configure, in a directory on a disk. */
    public static Builder in(Path directory) {
        return new Builder(directory);
    }

    /** Configures a file. */
    public static final class Builder {
        private final Path directory;
        private final BlockFile.Opener opener;
        private long capacityBytes = Long.MAX_VALUE;
        private int buffers = 3;
        private int bufferBytes = 1 << 20;

        private Builder(Path directory) {
            this(directory, FileChannel::open);
        }

        Builder(Path directory, BlockFile.Opener opener) {
            this.directory = directory;
            this.opener = opener;
        }

        /** The most bytes that the file may take on the disk, which has to have them free; without limit at first. */
        public Builder capacityBytes(long bytes) {
            capacityBytes = requirePositive("capacity", bytes);
            return this;
        }

        /** How many buffers wait to be written at most, 3 at first; one more is for reading. */
        public Builder buffers(int count) {
            buffers = (int) requirePositive("number of buffers", count);
            return this;
        }

        /** The bytes of a buffer, 1 MiB at first; rounded up to whole blocks of the file system. */
        public Builder bufferBytes(int bytes) {
            if (requirePositive("buffer", bytes) > 1 << 30) {
                throw new IllegalArgumentException("offload: a buffer of " + bytes + " bytes is above 1 GiB");
            }
            bufferBytes = bytes;
            return this;
        }

        private static long requirePositive(String what, long value) {
            if (value < 1) {
                throw new IllegalArgumentException("offload: a " + what + " of " + value + " is below 1");
            }
            return value;
        }

        /**
         * Creates the file.
         *
         * @throws IllegalArgumentException if the directory is in memory itself, as on tmpfs
         * @throws IOException if there is no such directory, it has no room for the capacity, or no file can be made there
         */
        public OffloadFile open() throws IOException {
            BlockFile file = BlockFile.create(directory, opener);
            if (capacityBytes != Long.MAX_VALUE && file.usableBytes() < capacityBytes) {
                long usable = file.usableBytes();
                file.close();
                throw new IOException("offload: " + directory + " has " + usable + " bytes free, of a capacity of "
                        + capacityBytes + "; ask for less, free some, or name another directory");
            }
            return new OffloadFile(file, this);
        }
    }

    /**
     * Stores a tensor, which may be modified and closed afterwards.
     *
     * @throws UncheckedIOException if the capacity or the disk has no room for it, or anything has failed before
     */
    public Stored write(Tensor tensor) {
        return write(tensor, tensor.engine());
    }

    /**
     * Stores a tensor.
     *
     * @param engine whose ledger is told, and whose memory the bytes pass through; without memory, nothing is stored
     */
    synchronized FiledTensor write(Tensor tensor, Engine engine) {
        requireOpen();
        engine.enter();
        try {
            Ring ring = rings.computeIfAbsent(
                    engine, e -> new Ring(e, disk, file.blockBytes(), settings.buffers, settings.bufferBytes));
            try {
                FiledTensor stored = new FiledTensor(this, disk, ring, tensor.spec(), written(tensor, ring));
                ring.add(tensor.bytes());
                return stored;
            } finally {
                closeIfIdle(ring);
            }
        } finally {
            engine.leave();
        }
    }

    private Ring.Pieces written(Tensor tensor, Ring ring) {
        long bytes = tensor.bytes();
        boolean real = ring.engine().hasMemory();
        Ring.Pieces pieces = ring.pieces(bytes, real ? room(tensor) : 0);
        try {
            ring.write(pieces, tensor);
        } catch (RuntimeException | Error e) {
            ring.forget(pieces);
            if (real) {
                extents.release(pieces.at(), bytes);
            }
            throw e;
        }
        if (real) {
            writtenBytes += bytes;
            liveBytes += bytes;
            peakBytes = Math.max(peakBytes, liveBytes);
        }
        return pieces;
    }

    /** Takes room in the file, if the capacity and the disk have it. */
    private long room(Tensor tensor) {
        long growth = extents.endWith(tensor.bytes()) - extents.highestEnd();
        if (growth > 0) {
            if (extents.highestEnd() + growth > settings.capacityBytes) {
                throw noRoom(tensor, "a capacity of " + settings.capacityBytes + " bytes");
            }
            long usable;
            try {
                usable = file.usableBytes();
            } catch (IOException e) {
                throw new UncheckedIOException("offload: " + file.directory() + ": " + e.getMessage(), e);
            }
            if (growth > usable) {
                throw noRoom(tensor, file.directory() + " with " + usable + " bytes left");
            }
        }
        return extents.allocate(tensor.bytes());
    }

    private UncheckedIOException noRoom(Tensor tensor, String where) {
        IOException cause = new IOException("offload: no room for " + tensor.spec() + " of " + tensor.bytes()
                + " bytes beside " + liveBytes + " stored, in " + where
                + "; offload less, or give the file more");
        return new UncheckedIOException(cause.getMessage(), cause);
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("offload: the file is closed");
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Counts a tensor that was brought back. */
    void wasRead(Ring ring, long bytes, long forwarded) {
        if (ring.engine().hasMemory()) {
            readBytes += bytes;
            forwardedBytes += forwarded;
        }
    }

    /** Lets the place of a tensor go. */
    void letGo(FiledTensor tensor) {
        Ring ring = tensor.ring();
        long spared = ring.forget(tensor.pieces());
        if (ring.engine().hasMemory()) {
            sparedBytes += spared;
            liveBytes -= tensor.bytes();
            extents.release(tensor.pieces().at(), tensor.bytes());
        }
        ring.remove(tensor.bytes());
        closeIfIdle(ring);
    }

    private void closeIfIdle(Ring ring) {
        if (ring.isIdle()) {
            rings.remove(ring.engine());
            ring.close();
        }
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

    /** What the file has done so far. */
    public synchronized OffloadReport report() {
        return new OffloadReport(
                writtenBytes,
                sparedBytes,
                readBytes,
                forwardedBytes,
                liveBytes,
                peakBytes,
                disk.waitedNanos(),
                file.isDirect(),
                file.fileSystem(),
                extents.highestEnd(),
                file.isDirect() ? 0 : extents.highestEnd());
    }

    /** Deletes the file, with all that is stored. Twice throws. */
    @Override
    public synchronized void close() {
        requireOpen();
        closed = true;
        try {
            disk.close();
        } catch (IOException e) {
            throw new UncheckedIOException("offload: closing the file: " + e.getMessage(), e);
        } finally {
            rings.values().forEach(Ring::close);
            rings.clear();
            liveBytes = 0;
        }
    }
}
