package org.backpropaganda.checkpointing.plan;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which ranges of a chain are alike in all that decides about the curves of their replays: the blocks but for their names, the
 * boundaries, and which parts of them may be segments. Ranges alike have one number.
 */
final class EqualRanges {
    private final int[][] ids;
    private final int[] times;

    private EqualRanges(int[][] ids, int[] times) {
        this.ids = ids;
        this.times = times;
    }

    /**
     * The likenesses of all ranges of a chain up to a length, or null if no two blocks are alike.
     *
     * @param width the greatest length
     */
    static @Nullable EqualRanges of(StepNeeds needs, SegmentRule rule, int width) {
        int n = needs.size();
        int[] blocks = new int[n];
        Map<List<Object>, Integer> known = new HashMap<>();
        for (int i = 0; i < n; i++) {
            blocks[i] = known.computeIfAbsent(needs.likeness(i), block -> known.size());
        }
        if (known.size() == n) {
            return null;
        }
        Map<Long, Integer> sizes = new HashMap<>();
        PairIds rules = new PairIds();
        PairIds heads = new PairIds();
        PairIds ranges = new PairIds();
        int[][] ids = new int[n][];
        for (int i = n - 1; i >= 0; i--) {
            int[] row = new int[Math.min(width, n - i)];
            int allowed = 0;
            for (int k = 0; k < row.length; k++) {
                int j = i + 1 + k;
                allowed = rule == SegmentRule.ALL ? 0 : rules.of(allowed, rule.allows(i, j) ? 1 : 0) + 1;
                int rest = k == 0
                        ? ranges.of(-1, sizes.computeIfAbsent(needs.boundary[j], bytes -> sizes.size()))
                        : ids[i + 1][k - 1];
                row[k] = ranges.of(heads.of(blocks[i], allowed), rest);
            }
            ids[i] = row;
        }
        int[] times = new int[ranges.count()];
        for (int[] row : ids) {
            for (int id : row) {
                times[id]++;
            }
        }
        return new EqualRanges(ids, times);
    }

    /** How many numbers there are. */
    int count() {
        return times.length;
    }

    /** The number of the range from i to j. */
    int id(int i, int j) {
        return ids[i][j - i - 1];
    }

    /** How many ranges have a number. */
    int times(int id) {
        return times[id];
    }
}
