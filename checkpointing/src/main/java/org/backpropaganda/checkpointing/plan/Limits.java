package org.backpropaganda.checkpointing.plan;

/**
 * How far a search goes.
 *
 * @param levels how deeply replays may be nested
 * @param outer the longest segment that is not inside another
 * @param sparse whether long ones of those end at some blocks alone, as {@link #longest} says
 * @param inner the longest segment inside another
 * @param points the most points of a curve
 * @param sharing whether equal ranges are searched once
 */
record Limits(int levels, int outer, boolean sparse, int inner, int points, boolean sharing) {
    private static final long DENSE = 32;

    /** For a chain of n blocks: nothing beyond what it can have, so that limits which bind nothing are known as such. */
    Limits within(int n) {
        return new Limits(Math.min(levels, n), Math.min(outer, n), sparse, Math.min(inner, n), points, sharing);
    }

    /**
     * The longest segment that is in no other and ends at a block. Where ends are sparse, segments of 32 blocks and more end at
     * even blocks, of 64 and more at multiples of 4, and so on, so that lengths are known to a sixteenth.
     */
    int longest(int end) {
        return sparse ? (int) Math.min(outer, (DENSE << Integer.numberOfTrailingZeros(end)) - 1) : outer;
    }

    /** Whether any replay may lie in any other. */
    boolean nestsFreely(int n) {
        return levels >= n;
    }

    /** How many kinds of replay there are: by how deeply others may lie in it, or one for all. */
    int depths(int n) {
        return nestsFreely(n) ? Math.min(levels, 1) : levels;
    }
}
