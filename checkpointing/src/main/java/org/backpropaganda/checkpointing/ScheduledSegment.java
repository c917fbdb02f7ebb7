package org.backpropaganda.checkpointing;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.checkpointing.schedule.Action;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.backpropaganda.checkpointing.schedule.Storage;
import org.jspecify.annotations.Nullable;

/**
 * Steps that are computed, kept and computed again as a schedule says: its actions are all that this knows of it. Each
 * replay draws the random numbers of the first run, has no effects, and adds its gradients in the order of a plain tape.
 *
 * @param steps what is computed
 * @param end the step behind the last; steps behind it, if the schedule has any, are recorded by whoever applies the segment
 * @param schedule of all steps
 * @param file where states go that the schedule keeps in a file, or null if there is none
 * @param parameters that the steps train
 */
record ScheduledSegment(
        Steps steps, int end, Schedule schedule, @Nullable SavedTensorCodec file, List<Parameter> parameters)
        implements Segment {

    /**
     * The first of the steps that a schedule records right before the first run ends. They are differentiated at once, so that
     * nothing but a tape is needed for them; the number of steps, if there are none.
     */
    static int end(Schedule schedule, int count) {
        Schedule.Course course = schedule.begin();
        int end = 0;
        int reached = 0;
        for (Action action = course.next(); !(action instanceof Action.EndForward); action = course.next()) {
            if (!(action instanceof Action.Forward forward)) {
                end = action == null ? end : reached;
                if (action == null) {
                    throw new IllegalArgumentException("schedule " + schedule.name() + " of " + count
                            + " steps: it ends without an end of the forward run");
                }
                continue;
            }
            if (forward.to() > count) {
                throw new IllegalArgumentException("schedule " + schedule.name() + ": " + forward + " of " + count
                        + " steps; give one for as many");
            }
            if (!forward.writeAdjoint() || forward.storage() != Storage.WORK) {
                end = forward.to();
            }
            reached = forward.to();
            if (reached == count) {
                course.ended(count);
            }
        }
        if (reached < count) {
            throw new IllegalArgumentException("schedule " + schedule.name() + ": ends behind " + reached + " of "
                    + count + " steps; give one for as many");
        }
        return end;
    }

    /** Refuses a codec for what others are computed from that loses bits. */
    static @Nullable SavedTensorCodec requireExact(@Nullable SavedTensorCodec file) {
        if (file != null && !file.isExact()) {
            throw new IllegalArgumentException("states in a file: " + file.name()
                    + " loses bits, and all steps are computed from them; give one that" + " brings back every bit");
        }
        return file;
    }

    @Override
    public String name() {
        return "checkpoint";
    }

    @Override
    public Result forward(SegmentForward call) {
        return new FirstRun(this, call).run();
    }

    /** The course of the schedule behind the first run. */
    Schedule.Course behindFirstRun(int count) {
        Schedule.Course course = schedule.begin();
        boolean told = false;
        for (Action action = course.next(); !(action instanceof Action.EndForward); action = course.next()) {
            if (action == null) {
                throw refused("end", "the forward run did not end; end it by EndForward");
            }
            if (!told && action instanceof Action.Forward forward && forward.to() >= count) {
                course.ended(count);
                told = true;
            }
        }
        return course;
    }

    IllegalStateException refused(Object action, String why) {
        return new IllegalStateException("schedule " + schedule.name() + ": " + action + ": " + why);
    }
}
