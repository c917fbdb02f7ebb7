package org.backpropaganda.checkpointing.offload;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A file of whole blocks that only this process knows: where the system allows it, its name is gone as soon as it is open, so
 * that nothing is left whatever ends the process; elsewhere it goes when it is closed. It bypasses the page cache where the file
 * system can do that.
 */
final class BlockFile implements AutoCloseable {
    /** Blocks that anything is aligned to, where the file system does not ask for more. */
    private static final int LEAST_BLOCK = 4096;

    /** Larger units of allocation are no blocks of a device, and buffers would be mostly alignment. */
    private static final long MOST_BLOCK = 1 << 16;

    /** File systems that are memory. */
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs", "devtmpfs", "hugetlbfs");

    private static final Set<OpenOption> OPTIONS = Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);

    private final FileChannel channel;
    private final FileStore store;
    private final Path directory;
    private final int blockBytes;
    private final boolean direct;

    /** Opens channels. */
    @FunctionalInterface
    interface Opener {
        FileChannel open(Path path, Set<OpenOption> options) throws IOException;
    }

    private BlockFile(FileChannel channel, FileStore store, Path directory, int blockBytes, boolean direct) {
        this.channel = channel;
        this.store = store;
        this.directory = directory;
        this.blockBytes = blockBytes;
        this.direct = direct;
    }

    /**
     * Creates a file.
     *
     * @param directory on a disk
     * @throws IllegalArgumentException if the directory is in memory itself
     * @throws IOException if there is no such directory, or no file can be made there
     */
    static BlockFile create(Path directory, Opener opener) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new NotDirectoryException(directory.toString());
        }
        FileStore store = Files.getFileStore(directory);
        if (IN_MEMORY.contains(store.type())) {
            throw new IllegalArgumentException("offload: " + directory + " is on " + store.type()
                    + ", which is memory: nothing would be saved there; name a directory on a disk");
        }
        Path path = directory.resolve(
                "backpropaganda-" + ProcessHandle.current().pid() + "-" + UUID.randomUUID() + ".offload");
        int block = blockBytes(store);
        if (block > 0) {
            FileChannel channel = direct(path, block, opener);
            if (channel != null) {
                return new BlockFile(channel, store, directory, block, true);
            }
        }
        return new BlockFile(opener.open(path, OPTIONS), store, directory, LEAST_BLOCK, false);
    }

    /** What transfers are to be aligned to, 0 where nothing is known that they could be. */
    private static int blockBytes(FileStore store) {
        try {
            long block = store.getBlockSize();
            return block > 0 && block <= MOST_BLOCK && Long.bitCount(block) == 1
                    ? (int) Math.max(block, LEAST_BLOCK)
                    : 0;
        } catch (IOException | UnsupportedOperationException e) {
            return 0;
        }
    }

    /** A channel that bypasses the page cache, null where the file system has none: some say so only when it is used. */
    private static @Nullable FileChannel direct(Path path, int block, Opener opener) throws IOException {
        Set<OpenOption> options = new HashSet<>(OPTIONS);
        options.add(ExtendedOpenOption.DIRECT);
        FileChannel channel = null;
        try {
            channel = opener.open(path, options);
            channel.write(
                    ByteBuffer.allocateDirect(2 * block).alignedSlice(block).limit(block), 0);
            return channel;
        } catch (IOException | UnsupportedOperationException e) {
            if (channel != null) {
                channel.close();
            }
            // A system may create the file, and refuse to open it so.
            Files.deleteIfExists(path);
            return null;
        }
    }

    /** Whether transfers bypass the page cache. */
    boolean isDirect() {
        return direct;
    }

    /** What positions, lengths and addresses of transfers are multiples of. */
    int blockBytes() {
        return blockBytes;
    }

    /** The type of the file system. */
    String fileSystem() {
        return store.type();
    }

    /** Where the file is, or was before its name went. */
    Path directory() {
        return directory;
    }

    /** Bytes that the file system has for this process. */
    long usableBytes() throws IOException {
        return store.getUsableSpace();
    }

    /** Writes all that remains of a buffer. */
    void write(ByteBuffer from, long position) throws IOException {
        long at = position;
        while (from.hasRemaining()) {
            at += channel.write(from, at);
        }
    }

    /** Fills all that remains of a buffer. */
    void read(ByteBuffer into, long position) throws IOException {
        long at = position;
        while (into.hasRemaining()) {
            int count = channel.read(into, at);
            if (count < 0) {
                throw new EOFException("the file ends at " + at + ", within what was written to it");
            }
            at += count;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
