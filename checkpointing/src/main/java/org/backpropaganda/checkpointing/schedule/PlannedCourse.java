package org.backpropaganda.checkpointing.schedule;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** A course that plans a few actions at a time. */
abstract class PlannedCourse implements Schedule.Course {
    private final Deque<Action> planned = new ArrayDeque<>();

    /** Says what comes next by {@link #then}; saying nothing ends the course. */
    abstract void plan();

    final void then(Action action) {
        planned.add(action);
    }

    @Override
    public final @Nullable Action next() {
        if (planned.isEmpty()) {
            plan();
        }
        return planned.poll();
    }

    /** Of a chain of known length. */
    abstract static class Known extends PlannedCourse {
        private final Schedule schedule;
        private final int steps;

        Known(Schedule schedule, int steps) {
            this.schedule = schedule;
            this.steps = steps;
        }

        @Override
        public final void ended(int count) {
            if (count != steps) {
                throw new IllegalArgumentException(
                        schedule.name() + " is made for " + steps + " steps, and the chain ended behind " + count);
            }
        }
    }
}
