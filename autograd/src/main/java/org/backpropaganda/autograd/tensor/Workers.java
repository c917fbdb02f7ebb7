package org.backpropaganda.autograd.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Threads for kernels written in Java. The caller takes a piece too. */
public final class Workers implements AutoCloseable {
    /** The longest range that a body is given: the bytes of as many elements of any type fit one buffer. */
    private static final long LONGEST = 1L << 27;

    private final int threads;
    private final Gate gate;
    private final ExecutorService executor;

    Workers(int threads, Gate gate) {
        this.threads = threads;
        this.gate = gate;
        this.executor = Executors.newFixedThreadPool(Math.max(1, threads - 1), task -> {
            Thread thread = new Thread(task, "backpropaganda-worker");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** A piece of work over [from, to). */
    @FunctionalInterface
    public interface Range {
        void run(long from, long to);
    }

    void run(long count, long grain, Range body) {
        if (grain < 1) {
            throw new IllegalArgumentException("parallel: a grain of " + grain + " is below 1");
        }
        int pieces = (int) Math.min(threads, Math.max(1, count / grain));
        if (pieces == 1) {
            inTurn(0, count, grain, body);
            return;
        }
        long step = ((count + pieces - 1) / pieces + grain - 1) / grain * grain;
        List<Future<?>> others = new ArrayList<>(pieces - 1);
        for (long from = step; from < count; from += step) {
            long start = from;
            others.add(executor.submit(() -> follow(start, Math.min(count, start + step), grain, body)));
        }
        Throwable failure = null;
        try {
            inTurn(0, Math.min(count, step), grain, body);
        } finally {
            for (Future<?> other : others) {
                Throwable failed = await(other);
                failure = failure == null ? failed : failure;
            }
        }
        if (failure != null) {
            throw new IllegalStateException("a kernel failed", failure);
        }
    }

    private void follow(long from, long to, long grain, Range body) {
        gate.follow();
        try {
            inTurn(from, to, grain, body);
        } finally {
            gate.leave();
        }
    }

    private static void inTurn(long from, long to, long grain, Range body) {
        long longest = Math.max(1, LONGEST / grain) * grain;
        long at = from;
        do {
            body.run(at, Math.min(to, at + longest));
            at += longest;
        } while (at < to);
    }

    /**
     * Waits through interrupts, and for every piece even if one failed: a worker must not write into memory that the
     * caller has freed.
     */
    private static @Nullable Throwable await(Future<?> future) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    future.get();
                    return null;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    return e.getCause();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
