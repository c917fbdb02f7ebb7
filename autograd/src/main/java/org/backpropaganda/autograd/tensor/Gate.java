package org.backpropaganda.autograd.tensor;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts the threads that are at work inside an engine, so that closing it waits for them: memory that a kernel in another
 * thread writes to must not be unmapped.
 *
 * <p>Entering again inside is a step of a counter that belongs to the thread; entering from outside is one atomic addition
 * in a stripe that few threads share.
 */
final class Gate {
    private static final int STRIPES = 8;

    /** Longs from one stripe to the next: two cache lines, because processors fetch them in pairs. */
    private static final int APART = 16;

    private static final long WAIT_NANOS = 100_000;

    private final AtomicLongArray inside = new AtomicLongArray(STRIPES * APART);
    private final ThreadLocal<Visit> visits = ThreadLocal.withInitial(Visit::new);
    private volatile boolean closed;

    /** How deep a thread is inside. */
    private static final class Visit {
        private final int stripe = (int) (Thread.currentThread().getId() % STRIPES) * APART;
        private int depth;
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Comes in; closing waits until as many {@link #leave()} have followed.
     *
     * @throws IllegalStateException if the gate is closed and the thread is not inside already
     */
    void enter() {
        Visit visit = visits.get();
        if (visit.depth == 0) {
            inside.incrementAndGet(visit.stripe);
            // Read after the count is seen: closing sets the flag first and counts then, so one of the two sees the
            // other.
            if (closed) {
                inside.decrementAndGet(visit.stripe);
                throw new IllegalStateException("the engine is closed");
            }
        }
        visit.depth++;
    }

    /** Comes in on behalf of a thread that is inside and waits. */
    void follow() {
        Visit visit = visits.get();
        if (visit.depth == 0) {
            inside.incrementAndGet(visit.stripe);
        }
        visit.depth++;
    }

    /**
     * Goes out.
     *
     * @throws IllegalStateException if the thread is not inside; then closing would no longer wait for it
     */
    void leave() {
        Visit visit = visits.get();
        if (visit.depth == 0) {
            throw new IllegalStateException("leave: the calling thread is not inside the engine; each leave follows one"
                    + " enter of the same thread");
        }
        visit.depth--;
        if (visit.depth == 0) {
            inside.decrementAndGet(visit.stripe);
        }
    }

    /**
     * Lets nobody in any more and waits until all have left, through interrupts.
     *
     * @throws IllegalStateException if it was closed before, or the calling thread is inside
     */
    void close() {
        if (visits.get().depth > 0) {
            throw new IllegalStateException("close: a kernel or a lent array of this engine is at work on the calling"
                    + " thread; close the engine after it has returned");
        }
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the engine is closed already");
            }
            closed = true;
        }
        boolean interrupted = false;
        while (isAnybodyInside()) {
            interrupted |= Thread.interrupted();
            LockSupport.parkNanos(this, WAIT_NANOS);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isAnybodyInside() {
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            if (inside.get(stripe * APART) != 0) {
                return true;
            }
        }
        return false;
    }
}
