package org.backpropaganda.checkpointing.schedule;

import java.util.function.IntUnaryOperator;

/**
 * Segments that keep their first state alone and are recorded one at a time, from the last to the first; the last one is
 * recorded by the first forward, since backward begins with it.
 */
final class Segments extends PlannedCourse.Known {
    private final int count;
    private final IntUnaryOperator start;
    private int at;
    private boolean backward;

    /** @param start of a segment; of the one after the last, the number of steps */
    Segments(Schedule schedule, int steps, int count, IntUnaryOperator start) {
        super(schedule, steps);
        this.count = count;
        this.start = start;
    }

    @Override
    void plan() {
        int from = start.applyAsInt(at);
        int to = start.applyAsInt(at + 1);
        if (backward && at < 0) {
            return;
        }
        if (!backward && at < count - 1) {
            then(Action.Forward.restart(from, to, Storage.RAM));
            at++;
            return;
        }
        if (backward) {
            then(new Action.Move(from, Storage.RAM, Storage.WORK, Data.RESTART));
        }
        then(Action.Forward.record(from, to));
        if (!backward) {
            then(new Action.EndForward());
        }
        then(new Action.Reverse(to, from));
        backward = true;
        at--;
    }
}
