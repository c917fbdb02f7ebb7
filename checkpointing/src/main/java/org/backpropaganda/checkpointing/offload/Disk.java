package org.backpropaganda.checkpointing.offload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Transfers between memory and a file, one after another, in a thread that begins with the first of them. What fails ends the
 * thread and deletes the file; the failure is that of all transfers that wait or come.
 */
final class Disk implements AutoCloseable {
    private final BlockFile file;
    private final Deque<Job> waiting = new ArrayDeque<>();
    private @Nullable Thread thread;
    private @Nullable IOException failure;
    private boolean closed;
    private long waitedNanos;

    /** Moves bytes. */
    @FunctionalInterface
    interface Transfer {
        void run(BlockFile file) throws IOException;
    }

    /** A transfer that was asked for. */
    static final class Job {
        private final Transfer transfer;
        private boolean done;
        private @Nullable Throwable failure;

        private Job(Transfer transfer) {
            this.transfer = transfer;
        }
    }

    Disk(BlockFile file) {
        this.file = file;
    }

    /**
     * Refuses to go on after a failure.
     *
     * @throws UncheckedIOException that tells it
     */
    synchronized void requireSound() {
        if (failure != null) {
            throw failed(failure);
        }
    }

    /** Asks for a transfer, behind all others. */
    synchronized Job submit(Transfer transfer) {
        requireSound();
        if (closed) {
            throw new IllegalStateException("offload: the file is closed");
        }
        if (thread == null) {
            thread = new Thread(this::work, "offload to " + file.directory());
            thread.setDaemon(true);
            thread.start();
        }
        Job job = new Job(transfer);
        waiting.addLast(job);
        notifyAll();
        return job;
    }

    /**
     * Waits until a transfer has been made, through interrupts.
     *
     * @throws UncheckedIOException if it, or one before it, has failed
     * @throws IllegalStateException if its memory was gone
     */
    synchronized void await(Job job) {
        waitFor(job);
        Throwable cause = job.failure;
        if (cause instanceof IOException io) {
            throw failed(io);
        }
        if (cause != null) {
            throw new IllegalStateException("offload: " + cause.getMessage(), cause);
        }
    }

    /** Spares a transfer that has not been begun; false if it has. */
    synchronized boolean cancel(Job job) {
        boolean spared = waiting.remove(job);
        job.done |= spared;
        return spared;
    }

    /** Makes sure that a transfer touches its memory no more, whatever becomes of it. */
    synchronized void end(Job job) {
        if (!cancel(job)) {
            waitFor(job);
        }
    }

    private synchronized void waitFor(Job job) {
        if (job.done) {
            return;
        }
        long start = System.nanoTime();
        boolean interrupted = false;
        while (!job.done) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        waitedNanos += System.nanoTime() - start;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** For how long transfers were waited for. */
    synchronized long waitedNanos() {
        return waitedNanos;
    }

    private static UncheckedIOException failed(IOException cause) {
        return new UncheckedIOException(cause.getMessage(), cause);
    }

    private void work() {
        for (Job job = next(); job != null; job = next()) {
            Throwable thrown = null;
            try {
                // Left standing, an interrupt would close the channel.
                Thread.interrupted();
                job.transfer.run(file);
            } catch (IOException | RuntimeException | Error e) {
                thrown = e;
            }
            if (thrown instanceof IOException io) {
                thrown = told(io);
                abandon();
            }
            finish(job, thrown);
        }
    }

    private synchronized @Nullable Job next() {
        while (waiting.isEmpty() && !closed && failure == null) {
            try {
                wait();
            } catch (InterruptedException e) {
                // Nobody has a reason to interrupt this thread.
            }
        }
        return closed || failure != null ? null : waiting.pollFirst();
    }

    /** The failure with what is needed to mend it. */
    private IOException told(IOException cause) {
        String left;
        try {
            left = file.usableBytes() + " bytes are left there";
        } catch (IOException e) {
            left = "what is left there cannot be told";
        }
        String what = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new IOException(
                "offload: the file in " + file.directory() + " (" + file.fileSystem() + ") failed: " + what + "; "
                        + left + "; free or name a disk with more, or offload less",
                cause);
    }

    /** Gives the disk back what the file took of it. */
    private void abandon() {
        try {
            file.close();
        } catch (IOException e) {
            // The first failure is told.
        }
    }

    private synchronized void finish(Job job, @Nullable Throwable thrown) {
        job.done = true;
        job.failure = thrown;
        if (thrown instanceof IOException io) {
            failure = io;
            for (Job other : waiting) {
                other.done = true;
                other.failure = io;
            }
            waiting.clear();
        }
        notifyAll();
    }

    /** Makes the transfer that has been begun, ends the thread and deletes the file. */
    @Override
    public void close() throws IOException {
        Thread working;
        synchronized (this) {
            closed = true;
            waiting.forEach(job -> job.done = true);
            waiting.clear();
            notifyAll();
            working = thread;
        }
        if (working != null) {
            join(working);
        }
        file.close();
    }

    private static void join(Thread working) {
        boolean interrupted = false;
        while (working.isAlive()) {
            try {
                working.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
