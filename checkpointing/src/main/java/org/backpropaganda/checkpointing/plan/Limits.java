package org.backpropaganda.checkpointing.plan;

/**
 * How far a search goes.
 *
 * @param levels how deeply replays may be nested
 * @param outer the longest segment that is not inside another
 * @param inner the longest segment inside another
 * @param points the most points of a curve
 * @param sharing whether equal ranges are searched once
 */
record Limits(int levels, int outer, int inner, int points, boolean sharing) {
    /** For a chain of n blocks: nothing beyond what it can have, so that limits which bind nothing are known as such. */
    Limits within(int n) {
        return new Limits(Math.min(levels, n), Math.min(outer, n), Math.min(inner, n), points, sharing);
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
