package org.backpropaganda.checkpointing.schedule;

/**
 * Keeps the state in front of every {@code k}-th step; the steps behind the last of these are recorded by the first forward.
 * No step is computed more than twice.
 *
 * @param steps of the chain
 * @param every how many steps are recorded at a time
 */
public record EveryK(int steps, int every) implements Schedule {
    /** Checks that there is a step, and one in each segment. */
    public EveryK {
        Steps.check(steps);
        if (every < 1) {
            throw new IllegalArgumentException("every " + every + " is below 1");
        }
    }

    @Override
    public String name() {
        return "every=" + every;
    }

    @Override
    public Course begin() {
        int count = (steps - 1) / every + 1;
        return new Segments(this, steps, count, segment -> (int) Math.min(steps, (long) segment * every));
    }
}
