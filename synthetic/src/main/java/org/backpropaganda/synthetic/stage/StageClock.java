package org.backpropaganda.synthetic.stage;

import java.util.function.Supplier;

/** What the thread of a stage does with its time. Read when the thread has ended. */
final class StageClock {
    private long began;
    private long lasted;
    private long busy;
    private long waited;

    void begin() {
        began = System.nanoTime();
    }

    void end() {
        lasted = System.nanoTime() - began;
    }

    <T> T working(Supplier<T> work) {
        long from = System.nanoTime();
        T result = work.get();
        busy += System.nanoTime() - from;
        return result;
    }

    <T> T waiting(Supplier<T> wait) {
        long from = System.nanoTime();
        T result = wait.get();
        waited += System.nanoTime() - from;
        return result;
    }

    long busyNanos() {
        return busy;
    }

    long waitingNanos() {
        return waited;
    }

    long nanos() {
        return lasted;
    }
}
