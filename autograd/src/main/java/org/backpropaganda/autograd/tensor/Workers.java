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
    private final int threads;
    private final ExecutorService executor;

    Workers(int threads) {
        this.threads = threads;
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
            body.run(0, count);
            return;
        }
        long step = ((count + pieces - 1) / pieces + grain - 1) / grain * grain;
        List<Future<?>> others = new ArrayList<>(pieces - 1);
        for (long from = step; from < count; from += step) {
            long start = from;
            others.add(executor.submit(() -> body.run(start, Math.min(count, start + step))));
        }
        Throwable failure = null;
        try {
            body.run(0, Math.min(count, step));
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
