package org.backpropaganda.autograd.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

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
        int pieces = (int) Math.min(threads, Math.max(1, count / Math.max(1, grain)));
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
        try {
            body.run(0, Math.min(count, step));
        } finally {
            others.forEach(Workers::await);
        }
    }

    /** Waits through interrupts: a worker must not write into memory that the caller has freed. */
    private static void await(Future<?> future) {
        boolean interrupted = false;
        while (true) {
            try {
                future.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                throw new IllegalStateException("a kernel failed", e.getCause());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
