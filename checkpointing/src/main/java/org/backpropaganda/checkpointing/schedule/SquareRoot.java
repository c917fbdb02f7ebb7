package org.backpropaganda.checkpointing.schedule;

/**
 * ⌈√n⌉ segments that keep their first state alone, of lengths that differ by one at most. The last one is recorded by the
 * first forward. What is kept and what is recorded at a time both grow with √n; no step is computed more than twice.
 *
 * <p>Source: Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost", § 4.1.
 *
 * @param steps of the chain
 */
public record SquareRoot(int steps) implements Schedule {
    /** Checks that there is a step. */
    public SquareRoot {
        Steps.check(steps);
    }

    @Override
    public String name() {
        return "sqrt";
    }

    /** How many segments there are. */
    public int segments() {
        return (int) Math.ceil(Math.sqrt(steps));
    }

    @Override
    public Course begin() {
        int count = segments();
        int size = steps / count;
        int larger = steps % count;
        return new Segments(this, steps, count, segment -> segment * size + Math.min(segment, larger));
    }
}
