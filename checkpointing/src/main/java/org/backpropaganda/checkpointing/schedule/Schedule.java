package org.backpropaganda.checkpointing.schedule;

import org.jspecify.annotations.Nullable;

/**
 * Which steps of a chain are computed when, and what is kept where: a maker of sequences of {@link Action actions}. Immutable;
 * each differentiation follows a course of its own.
 *
 * <pre>{@code
 * Schedule.Course course = schedule.begin();
 * for (Action action = course.next(); action != null; action = course.next()) {
 *     act(action);                        // tells course.ended(n) once the last step has been computed
 * }
 * }</pre>
 */
public interface Schedule {
    /** The longest chain that schedules are made for. */
    int MOST_STEPS = 10_000_000;

    /** The name in reports and on a command line. */
    String name();

    /** Starts a differentiation: the state in front of step 0 is in hands. */
    Course begin();

    /** One run of a schedule. Not thread-safe. */
    interface Course {

        /**
         * The next action, or null behind the last. Before the last step is known, every action is one that any longer chain
         * would have too.
         */
        @Nullable
        Action next();

        /**
         * Tells that the chain has ended: told once, behind the forward run that computed its last step.
         *
         * @param steps how many there are
         * @throws IllegalArgumentException if the schedule is made for another number
         */
        void ended(int steps);
    }
}
