package org.backpropaganda.synthetic.stage;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The two queues that a stage on a thread of its own reads: results from the stage before it, and gradients from the one
 * behind. The first is bounded; the second holds no more than the stage waits for.
 */
final class Inbox implements AutoCloseable {
    private static final long FOREVER = Long.MAX_VALUE;

    private final int depth;
    private final Deque<Message> down = new ArrayDeque<>();
    private final Deque<Message> up = new ArrayDeque<>();
    private int deepest;
    private boolean stopped;

    /** All ends before its time. */
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;

        Stopped() {
            super("the stages have stopped", null, false, false);
        }
    }

    Inbox(int depth) {
        this.depth = depth;
    }

    /** Adds results; waits for room. */
    synchronized void putDown(Message message) {
        try {
            waitWhile(() -> down.size() >= depth, FOREVER);
            checkRunning();
        } catch (Stopped e) {
            message.close();
            throw e;
        }
        down.add(message);
        deepest = Math.max(deepest, down.size());
        notifyAll();
    }

    /** Adds gradients. */
    synchronized void putUp(Message message) {
        if (stopped) {
            message.close();
        }
        checkRunning();
        up.add(message);
        notifyAll();
    }

    /** The next results; waits for them. */
    synchronized Message takeDown() {
        waitWhile(down::isEmpty, FOREVER);
        checkRunning();
        notifyAll();
        return down.remove();
    }

    /** The next gradients; waits for them. */
    synchronized Message takeUp() {
        waitWhile(up::isEmpty, FOREVER);
        checkRunning();
        return up.remove();
    }

    /** The next results if there are any. */
    synchronized @Nullable Message pollDown() {
        checkRunning();
        notifyAll();
        return down.poll();
    }

    /** The next gradients if there are any. */
    synchronized @Nullable Message pollUp() {
        checkRunning();
        return up.poll();
    }

    /** Whether results would find room. */
    synchronized boolean hasRoom() {
        return down.size() < depth;
    }

    /** Waits until there may be something to do, or some milliseconds have passed. */
    synchronized void pauseIfEmpty(long millis) {
        checkRunning();
        waitWhile(() -> up.isEmpty() && down.isEmpty(), TimeUnit.MILLISECONDS.toNanos(millis));
    }

    synchronized int deepest() {
        return deepest;
    }

    /** Wakes whoever waits; nothing is handed on any more. */
    synchronized void stop() {
        stopped = true;
        notifyAll();
    }

    private void checkRunning() {
        if (stopped) {
            throw new Stopped();
        }
    }

    private synchronized void waitWhile(BooleanSupplier blocked, long nanos) {
        long begun = System.nanoTime();
        try {
            while (blocked.getAsBoolean() && !stopped && System.nanoTime() - begun < nanos) {
                TimeUnit.NANOSECONDS.timedWait(this, nanos - (System.nanoTime() - begun));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Stopped();
        }
    }

    /** Lets go of what nobody read. */
    @Override
    public synchronized void close() {
        down.forEach(Message::close);
        up.forEach(Message::close);
        down.clear();
        up.clear();
    }
}
