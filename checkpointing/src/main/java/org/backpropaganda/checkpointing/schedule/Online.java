package org.backpropaganda.checkpointing.schedule;

/**
 * Checkpointing of a chain whose length shows only when it ends. The first forward runs one step an action; while it runs, a
 * fixed number of slots in memory holds states at distances that suit any end, and older ones make room for newer ones.
 * Backward reverses one step at a time, from the last to the first, with the slots that have become free.
 *
 * <p>Slots count the initial state, which always has one. The last step has been computed when the end shows, so that backward
 * computes it again. With {@code r} the least number for which {@code C(s + r, r) ≥ n}, 1,000 steps on 13 slots stay within the
 * {@code r + 1 = 5} computations of a step that {@link Revolve} needs, and 7% above its number of steps; other lengths can need
 * two computations more.
 *
 * <p>Source: Stumm and Walther 2010, "New Algorithms for Optimal Online Checkpointing", Algorithm I, for the first {@code (s +
 * 1)(s + 2)/2 − 1} steps; then Wang, Moin and Iaccarino 2009, "Minimal Repetition Dynamic Checkpointing Algorithm for Unsteady
 * Adjoint Calculation". Stretches between two kept states are reversed as {@link Revolve} does.
 *
 * @param slots in memory
 */
public record Online(int slots) implements Schedule {
    /** Checks that there is a slot for the initial state. */
    public Online {
        if (slots < 1 || slots > Steps.MOST) {
            throw new IllegalArgumentException("slots " + slots + " is not within 1 and " + Steps.MOST
                    + "; the state in front of the first step takes one");
        }
    }

    @Override
    public String name() {
        return "online=" + slots;
    }

    @Override
    public Course begin() {
        return new OnlineCourse(this);
    }
}
