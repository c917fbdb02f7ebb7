package org.backpropaganda.checkpointing.plan;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The curves of the replays of all ranges of a window of the chain, by how deeply further replays may lie in them. Rows are
 * made from the window's end to its beginning; a row is the ranges that begin at one block.
 */
final class ReplayTable {
    private final StepNeeds needs;
    private final Limits limits;
    private final RangeSearch search;
    private final int to;
    private final int depths;
    /** Whether the deepest is its own lower one. */
    private final boolean free;

    private final boolean reversible;
    private final boolean keepsAll;
    private final boolean wholeAlone;
    private final @Nullable Shared shared;
    /** By depth and first block: the curves without and with a leased input of each length from 1 on. */
    private final Curve[][][] rows;

    private ReplayTable(
            StepNeeds needs,
            Limits limits,
            RangeSearch search,
            int to,
            boolean keepsAll,
            boolean wholeAlone,
            @Nullable Shared shared) {
        this.needs = needs;
        this.limits = limits;
        this.search = search;
        this.to = to;
        this.depths = limits.depths(needs.size());
        this.free = limits.nestsFreely(needs.size());
        this.reversible = needs.anyReversible();
        this.keepsAll = keepsAll;
        this.wholeAlone = wholeAlone;
        this.shared = shared;
        this.rows = new Curve[depths][needs.size()][];
    }

    /** Of the chain, to be made row by row while what is above them uses them. */
    static ReplayTable ofChain(StepNeeds needs, Limits limits, RangeSearch search, SegmentRule rule) {
        int n = needs.size();
        int width = Math.max(limits.outer(), limits.inner());
        EqualRanges equal = limits.sharing() && limits.levels() > 0 ? EqualRanges.of(needs, rule, width) : null;
        return new ReplayTable(
                needs,
                limits,
                search,
                n,
                width >= n,
                false,
                equal == null ? null : new Shared(equal, limits.depths(n)));
    }

    /** Of one range and the replays inside it. */
    static ReplayTable ofRange(StepNeeds needs, Limits limits, RangeSearch search, int from, int to) {
        ReplayTable table = new ReplayTable(needs, limits, search, to, true, true, null);
        for (int i = to - 1; i >= from; i--) {
            table.makeRow(i);
        }
        return table;
    }

    /** Whether rows stay once they are made. */
    boolean keepsAll() {
        return keepsAll;
    }

    /** The depth of replays that are in no other. */
    int outermost() {
        return depths - 1;
    }

    /** The depth of replays inside those of a depth, or -1 if there are none. */
    int below(int depth) {
        return free ? depth : depth - 1;
    }

    /** The curve of a replay whose row is made and not given up. */
    Curve curve(int depth, int i, int j, boolean leased) {
        if (i == j) {
            return Curve.NOTHING;
        }
        return Objects.requireNonNull(rows[depth][i][place(i, j, leased)]);
    }

    /** Makes the row of a block; those of the blocks behind it are made. */
    void makeRow(int i) {
        for (int depth = 0; depth < depths; depth++) {
            int width = Math.min(to - i, width(depth));
            Curve[] row = new Curve[width * 2];
            rows[depth][i] = row;
            int first = wholeAlone && isOutermostAlone(depth) ? to : i + 1;
            for (int j = first; j <= i + width; j++) {
                if (isOutermostAlone(depth) && j - i > limits.longest(j)) {
                    continue;
                }
                makeCell(depth, i, j, false, row);
                if (needs.inputLeased[i]) {
                    makeCell(depth, i, j, true, row);
                }
            }
            giveUp(depth, i);
        }
    }

    private void makeCell(int depth, int i, int j, boolean leased, Curve[] row) {
        int place = place(i, j, leased);
        Curve known = shared == null ? null : shared.find(depth, i, j, leased);
        if (known == null) {
            int below = below(depth);
            known = search.curve(
                    i,
                    j,
                    leased,
                    true,
                    (block, lease) -> curve(depth, block, j, lease),
                    below < 0 ? null : end -> curve(below, i, end, leased));
            if (shared != null) {
                shared.keep(depth, i, j, leased, known);
            }
        }
        row[place] = known;
    }

    /** Lets go of the last row that the next one does not need. */
    private void giveUp(int depth, int i) {
        if (keepsAll) {
            return;
        }
        int kept = reversible ? Math.max(limits.outer(), limits.inner()) : below(depth) < 0 ? 1 : limits.inner();
        if (i + kept < to) {
            rows[depth][i + kept] = new Curve[0];
        }
    }

    private int width(int depth) {
        if (free) {
            return Math.max(limits.outer(), limits.inner());
        }
        return isOutermostAlone(depth) ? limits.outer() : limits.inner();
    }

    /** Whether replays of a depth are in no other. */
    private boolean isOutermostAlone(int depth) {
        return !free && depth == depths - 1;
    }

    private int place(int i, int j, boolean leased) {
        return (j - i - 1) * 2 + (leased ? 1 : 0);
    }
}
