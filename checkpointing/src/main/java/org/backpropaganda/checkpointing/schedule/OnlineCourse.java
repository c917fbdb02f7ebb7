package org.backpropaganda.checkpointing.schedule;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The first forward of a chain of unknown length; once its end is told, a {@link StackCourse} from what it kept. */
final class OnlineCourse implements Schedule.Course {
    private final Online schedule;
    private final OnlineSlots slots;
    private final Deque<Action> planned = new ArrayDeque<>();
    private int at;
    private @Nullable StackCourse backward;

    OnlineCourse(Online schedule) {
        this.schedule = schedule;
        this.slots = new OnlineSlots(schedule.slots());
    }

    @Override
    public @Nullable Action next() {
        if (backward != null) {
            return backward.next();
        }
        if (planned.isEmpty()) {
            forward();
        }
        return planned.poll();
    }

    @Override
    public void ended(int steps) {
        if (backward != null) {
            throw new IllegalStateException(schedule.name() + ": the end is told a second time");
        }
        if (steps != at || at == 0 || !planned.isEmpty()) {
            throw new IllegalArgumentException(schedule.name() + ": the chain ended behind " + steps + " steps, and "
                    + at + " are asked for so far");
        }
        backward = StackCourse.backward(
                schedule,
                steps,
                (length, kept, ram, file) ->
                        Split.restart(Storage.RAM, Binomial.advance(length, schedule.slots() - ram)),
                slots.kept());
    }

    private void forward() {
        int step = Steps.check(at + 1) - 1;
        OnlineSlots.Place place = slots.place(step);
        if (place.replaced() != OnlineSlots.EMPTY) {
            planned.add(new Action.Free(place.replaced(), Storage.RAM, Data.RESTART));
        }
        planned.add(
                place.keeps()
                        ? Action.Forward.restart(step, step + 1, Storage.RAM)
                        : Action.Forward.advance(step, step + 1));
        at++;
    }
}
