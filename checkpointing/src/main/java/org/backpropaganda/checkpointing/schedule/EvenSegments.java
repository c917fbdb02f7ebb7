package org.backpropaganda.checkpointing.schedule;

/**
 * A number of segments that keep their first state alone, of lengths that differ by one at most. The last one is recorded by
 * the first forward. No step is computed more than twice. {@link SquareRoot} chooses the number.
 *
 * @param steps of the chain
 * @param segments between 1 and the number of steps
 */
public record EvenSegments(int steps, int segments) implements Schedule {
    /** Checks that there is a step in each segment. */
    public EvenSegments {
        Steps.check(steps);
        if (segments < 1 || segments > steps) {
            throw new IllegalArgumentException(
                    "segments " + segments + " is not within 1 and the number of steps, " + steps);
        }
    }

    @Override
    public String name() {
        return "segments=" + segments;
    }

    /** The first step of a segment; of the one behind the last, the number of steps. */
    public int start(int segment) {
        return segment * (steps / segments) + Math.min(segment, steps % segments);
    }

    @Override
    public Course begin() {
        return new Segments(this, steps, segments, this::start);
    }
}
