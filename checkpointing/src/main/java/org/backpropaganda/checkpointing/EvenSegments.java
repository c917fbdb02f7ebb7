package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.backpropaganda.checkpointing.schedule.Action;
import org.backpropaganda.checkpointing.schedule.Data;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.backpropaganda.checkpointing.schedule.Storage;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive segments that keep their inputs alone, of sizes that differ by one at most. The last one is recorded at once, since
 * backward would compute it again at once.
 */
record EvenSegments(int steps, int segments) implements Schedule {

    @Override
    public String name() {
        return "segments";
    }

    /** The first step of a segment; of the one behind the last, the number of steps. */
    int start(int segment) {
        return segment * (steps / segments) + Math.min(segment, steps % segments);
    }

    @Override
    public Course begin() {
        List<Action> actions = new ArrayList<>();
        int last = segments - 1;
        for (int i = 0; i < last; i++) {
            actions.add(Action.Forward.restart(start(i), start(i + 1), Storage.RAM));
        }
        actions.add(Action.Forward.record(start(last), steps));
        actions.add(new Action.EndForward());
        actions.add(new Action.Reverse(steps, start(last)));
        for (int i = last - 1; i >= 0; i--) {
            actions.add(new Action.Move(start(i), Storage.RAM, Storage.WORK, Data.RESTART));
            actions.add(Action.Forward.record(start(i), start(i + 1)));
            actions.add(new Action.Reverse(start(i + 1), start(i)));
        }
        Iterator<Action> iterator = actions.iterator();
        return new Course() {
            @Override
            public @Nullable Action next() {
                return iterator.hasNext() ? iterator.next() : null;
            }

            @Override
            public void ended(int count) {
                if (count != steps) {
                    throw new IllegalArgumentException(
                            "segments: cut for " + steps + " steps, there are " + count + "; give one for as many");
                }
            }
        };
    }
}
