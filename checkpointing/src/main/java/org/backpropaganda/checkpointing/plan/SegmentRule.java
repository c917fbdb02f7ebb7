package org.backpropaganda.checkpointing.plan;

/** A rule that says which ranges of a chain may be one checkpointed segment or one reversible run. */
@FunctionalInterface
public interface SegmentRule {
    /** Any range. */
    SegmentRule ALL = (from, to) -> true;

    /**
     * Whether blocks may be computed again, or reversed, as one.
     *
     * @param from the first block
     * @param to the block behind the last one, above {@code from}
     * @return the same for the same range, whenever it is asked
     */
    boolean allows(int from, int to);
}
