package org.backpropaganda.checkpointing.schedule;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A course that records and reverses one step at a time. Behind the state that was kept last lies the stretch that is not
 * reversed; a {@link Split.Rule} says how far to run from there. A state is moved rather than copied out of its slot when it
 * is needed for the last time.
 *
 * <p>Kept states are a stack of their own, so depth costs no stack of the machine.
 */
final class StackCourse extends PlannedCourse.Known {
    private final Split.Rule rule;
    private final Deque<Kept> stack = new ArrayDeque<>();
    private int ram;
    private int file;
    private int at;
    private int end;
    private boolean forwardEnded;
    private boolean inHands = true;

    private record Kept(int step, Storage storage, Data data) {
        Action.Move toWork() {
            return new Action.Move(step, storage, Storage.WORK, data);
        }
    }

    StackCourse(Schedule schedule, int steps, Split.Rule rule) {
        super(schedule, steps);
        this.rule = rule;
        this.end = steps;
    }

    /**
     * Behind a first forward that kept some states in memory.
     *
     * @param kept their steps, in order, from 0
     */
    static StackCourse backward(Schedule schedule, int steps, Split.Rule rule, int[] kept) {
        StackCourse course = new StackCourse(schedule, steps, rule);
        for (int step : kept) {
            course.stack.push(new Kept(step, Storage.RAM, Data.RESTART));
        }
        course.ram = kept.length;
        course.at = steps;
        course.then(new Action.EndForward());
        course.forwardEnded = true;
        course.inHands = false;
        return course;
    }

    @Override
    void plan() {
        if (end == 0) {
            return;
        }
        if (!inHands) {
            fetch();
        } else if (end - at == 1) {
            record();
        } else {
            split(rule.of(end - at, null, ram, file));
        }
    }

    private void split(Split split) {
        int to = at + split.advance();
        boolean restart = split.data() == Data.RESTART;
        then(new Action.Forward(at, to, restart, !restart, split.store()));
        keep(new Kept(at, split.store(), split.data()));
        at = to;
    }

    private void record() {
        then(Action.Forward.record(at, end));
        if (!forwardEnded) {
            then(new Action.EndForward());
            forwardEnded = true;
        }
        reverse();
    }

    private void reverse() {
        then(new Action.Reverse(end, at));
        end = at;
        inHands = false;
    }

    private void fetch() {
        Kept top = stack.pop();
        count(top.storage, -1);
        at = top.step;
        inHands = true;
        if (top.data == Data.ADJOINT) {
            then(top.toWork());
            reverse();
            return;
        }
        if (end - at == 1) {
            then(top.toWork());
            return;
        }
        Split split = rule.of(end - at, top.storage, ram, file);
        if (split.store() != top.storage || split.data() != Data.RESTART) {
            then(top.toWork());
            split(split);
            return;
        }
        then(new Action.Copy(at, top.storage, Storage.WORK, Data.RESTART));
        then(Action.Forward.advance(at, at + split.advance()));
        keep(top);
        at += split.advance();
    }

    private void keep(Kept kept) {
        stack.push(kept);
        count(kept.storage, 1);
    }

    private void count(Storage storage, int change) {
        if (storage == Storage.FILE) {
            file += change;
        } else {
            ram += change;
        }
    }
}
