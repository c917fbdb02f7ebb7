package org.backpropaganda.experiments.report;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/**
 * A directory for files on their way, which is gone when its owner is: it goes with {@link #close()}, with an end by a
 * signal, and, where the process had no time for either, with the next one that is made in the same place.
 *
 * <p>The owner holds a lock on a file in it. The system frees the lock when the process ends, in whatever way, so that a lock
 * that can be had means an owner that is gone; process numbers would say nothing between containers that share the place.
 */
public final class WorkDirectory implements AutoCloseable {
    private static final String LOCK = "owner.lock";
    private static final String UNLOCKED = "owner.new";
    private static final int ATTEMPTS = 20;
    private static final long WAIT_NANOS = 50_000_000;

    private final Path path;
    private final FileChannel channel;
    private final Thread hook;
    private boolean kept;

    private WorkDirectory(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
        this.hook = new Thread(this::end);
    }

    /** Makes one where the system keeps temporary files, once those are swept whose owners are gone. */
    public static WorkDirectory temporary() throws IOException {
        return in(Path.of(System.getProperty("java.io.tmpdir")), "backprop");
    }

    /**
     * Makes one in another directory, once those are swept whose owners are gone.
     *
     * @param prefix of its name, by which it knows those that were made before
     */
    static WorkDirectory in(Path parent, String prefix) throws IOException {
        String owned = prefix + identity() + "-";
        Path path = Files.createTempDirectory(parent, owned);
        sweep(parent, prefix, owned, Files.getOwner(path));
        WorkDirectory made = new WorkDirectory(path, lock(path));
        Runtime.getRuntime().addShutdownHook(made.hook);
        return made;
    }

    /** Closing a lock's file anywhere in a process frees the lock: a process must know its own without opening them. */
    private static String identity() {
        ProcessHandle process = ProcessHandle.current();
        long start = process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        return process.pid() + "-" + start;
    }

    /**
     * Under its name, the lock's file is locked from the start: nobody can take it for one that was left. Where there are no
     * locks there is no such file, and nobody sweeps it.
     */
    private static FileChannel lock(Path path) throws IOException {
        Path unlocked = path.resolve(UNLOCKED);
        FileChannel channel = FileChannel.open(unlocked, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            channel.lock();
            Files.move(unlocked, path.resolve(LOCK), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(unlocked);
        }
        return channel;
    }

    private static void sweep(Path parent, String prefix, String owned, UserPrincipal owner) {
        try (DirectoryStream<Path> old = Files.newDirectoryStream(parent, entry -> {
            String name = entry.getFileName().toString();
            return name.startsWith(prefix) && !name.startsWith(owned);
        })) {
            for (Path directory : old) {
                if (isLeft(directory, owner)) {
                    Trees.sweep(directory);
                }
            }
        } catch (IOException e) {
            // Whoever comes next may have more luck.
        }
    }

    /** Whether it is one of these, of the same user, and its owner is gone. */
    private static boolean isLeft(Path directory, UserPrincipal owner) {
        Path lock = directory.resolve(LOCK);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                || !Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            if (!Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS).equals(owner)) {
                return false;
            }
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                return channel.tryLock() != null;
            }
        } catch (IOException e) {
            return false;
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** From now on it stays, whatever ends the process: what is in it is nowhere else. */
    public synchronized void keep() throws IOException {
        kept = true;
        Files.deleteIfExists(path.resolve(LOCK));
    }

    private synchronized void end() {
        // A child that is being ended may still write.
        for (int attempt = 0; attempt < ATTEMPTS && !kept && Files.exists(path); attempt++) {
            Trees.sweep(path);
            LockSupport.parkNanos(Files.exists(path) ? WAIT_NANOS : 0);
        }
    }

    @Override
    public void close() {
        end();
        try {
            channel.close();
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IOException | IllegalStateException e) {
            // The lock goes with the process; a hook that runs already sweeps nothing twice.
        }
    }
}
