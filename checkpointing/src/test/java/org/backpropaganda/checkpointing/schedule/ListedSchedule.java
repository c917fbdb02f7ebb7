package org.backpropaganda.checkpointing.schedule;

import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Actions as they are given, good or broken. */
record ListedSchedule(List<Action> actions) implements Schedule {
    @Override
    public String name() {
        return "listed";
    }

    @Override
    public Course begin() {
        Iterator<Action> left = actions.iterator();
        return new Course() {
            @Override
            public @Nullable Action next() {
                return left.hasNext() ? left.next() : null;
            }

            @Override
            public void ended(int steps) {}
        };
    }
}
