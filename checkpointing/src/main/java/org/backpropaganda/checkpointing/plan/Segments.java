package org.backpropaganda.checkpointing.plan;

import java.util.Arrays;

/**
 * The checkpointed segments that a range may begin with. Where they are many, a look at some needs tells which of them are best
 * somewhere, or need least of all; the others are passed over.
 */
final class Segments {
    /** At so many needs a look is taken. */
    private static final int LOOKS = 24;

    private final long[] lookNeed = new long[LOOKS];
    private final long[] bestTime = new long[LOOKS];
    private final int[] best = new int[LOOKS];
    /** Where the curves were looked at last: those of the next segment are much the same. */
    private final int[] nearRest = new int[LOOKS];

    private final int[] nearInner = new int[LOOKS];

    private int size;
    private int[] end = new int[64];
    private Curve[] rest = new Curve[64];
    private Curve[] inner = new Curve[64];
    private long[] waiting = new long[64];
    private long[] local = new long[64];
    private long[] spent = new long[64];
    private boolean[] chosen = new boolean[64];

    /** Forgets all of them. */
    void clear() {
        size = 0;
    }

    /**
     * Adds a segment.
     *
     * @param to its end
     * @param after the curve of what follows it
     * @param replay the curve of its replay
     * @param outside bytes that wait while it is replayed, besides those that its needs count
     * @param needed bytes that forward through it needs
     * @param time of that forward
     */
    void add(int to, Curve after, Curve replay, long outside, long needed, long time) {
        if (size == end.length) {
            grow();
        }
        end[size] = to;
        rest[size] = after;
        inner[size] = replay;
        waiting[size] = outside;
        local[size] = needed;
        spent[size] = time;
        chosen[size++] = true;
    }

    /**
     * Chooses those that are best at some of the needs of a curve like the one that is to be made, and the one that needs least.
     *
     * @param held bytes that a segment holds while the rest runs
     */
    void chooseLike(Curve like, long held) {
        if (size <= LOOKS) {
            return;
        }
        for (int s = 0; s < LOOKS; s++) {
            lookNeed[s] = like.need[s * (like.size - 1) / (LOOKS - 1)] + held;
            bestTime[s] = Long.MAX_VALUE;
        }
        Arrays.fill(best, -1);
        Arrays.fill(chosen, 0, size, false);
        long leastNeed = Long.MAX_VALUE;
        int least = 0;
        for (int k = 0; k < size; k++) {
            long need = Math.max(local[k], Math.max(rest[k].need[0] + held, inner[k].need[0] + waiting[k]));
            if (need < leastNeed) {
                leastNeed = need;
                least = k;
            }
            for (int s = LOOKS - 1; s >= 0 && lookNeed[s] >= need; s--) {
                nearRest[s] = rest[k].within(lookNeed[s] - held, nearRest[s]);
                nearInner[s] = inner[k].within(lookNeed[s] - waiting[k], nearInner[s]);
                long time = spent[k] + rest[k].time[nearRest[s]] + inner[k].time[nearInner[s]];
                if (time < bestTime[s]) {
                    bestTime[s] = time;
                    best[s] = k;
                }
            }
        }
        chosen[least] = true;
        for (int k : best) {
            if (k >= 0) {
                chosen[k] = true;
            }
        }
    }

    /**
     * Offers those that are chosen.
     *
     * @param i where they begin
     */
    void offer(Envelope envelope, int i, long held) {
        for (int k = 0; k < size; k++) {
            if (chosen[k]) {
                envelope.offer(rest[k], held, inner[k], waiting[k], local[k], spent[k], Choice.replay(end[k] - i));
            }
        }
    }

    private void grow() {
        int more = size * 2;
        end = Arrays.copyOf(end, more);
        rest = Arrays.copyOf(rest, more);
        inner = Arrays.copyOf(inner, more);
        waiting = Arrays.copyOf(waiting, more);
        local = Arrays.copyOf(local, more);
        spent = Arrays.copyOf(spent, more);
        chosen = Arrays.copyOf(chosen, more);
    }
}
