package org.backpropaganda.checkpointing.plan;

import java.util.Arrays;

/**
 * The lower envelope of candidates for the plan of one range: the points that no other beats in need and time at once. Where two
 * are equal in both, the one that was offered first stays.
 */
final class Envelope {
    /** So many points of a candidate are dismissed with one comparison where they may be. */
    private static final int STRIDE = 8;

    private final Thinning thinning;
    private long[] need = new long[256];
    private long[] time = new long[256];
    private int[] choice = new int[256];
    private int size;

    private long[] tailNeed = new long[256];
    private long[] tailTime = new long[256];
    private int[] tailChoice = new int[256];

    private long[] offeredNeed = new long[256];
    private long[] offeredTime = new long[256];

    Envelope(Thinning thinning) {
        this.thinning = thinning;
    }

    /** The envelope, thinned; the next candidate begins another. */
    Curve take() {
        size = thinning.thin(need, time, choice, size);
        Curve curve =
                new Curve(size, Arrays.copyOf(need, size), Arrays.copyOf(time, size), Arrays.copyOf(choice, size));
        size = 0;
        return curve;
    }

    /**
     * Offers a step with what follows it.
     *
     * @param rest of the range
     * @param held bytes that the step holds while the rest runs
     * @param local bytes that it needs itself
     * @param spent its time
     */
    void offer(Curve rest, long held, long local, long spent, int how) {
        reserve(rest.size);
        int first = Math.max(0, rest.within(local - held));
        offeredNeed[0] = Math.max(local, rest.need[first] + held);
        offeredTime[0] = rest.time[first] + spent;
        int left = rest.size - first;
        for (int k = 1; k < left; k++) {
            offeredNeed[k] = rest.need[first + k] + held;
            offeredTime[k] = rest.time[first + k] + spent;
        }
        merge(left, how);
    }

    /**
     * Offers a checkpointed segment with what follows it.
     *
     * @param rest of the range
     * @param held bytes that the segment holds while the rest runs
     * @param inner the segment's replay
     * @param waiting bytes that wait while it is replayed, besides those that its needs count
     * @param local bytes that forward through the segment needs
     * @param spent time of that forward
     */
    void offer(Curve rest, long held, Curve inner, long waiting, long local, long spent, int how) {
        if (inner.size == 1) {
            offer(rest, held, Math.max(local, inner.need[0] + waiting), spent + inner.time[0], how);
            return;
        }
        long[] restNeed = rest.need;
        long[] innerNeed = inner.need;
        long start = Math.max(local, Math.max(restNeed[0] + held, innerNeed[0] + waiting));
        int a = rest.within(start - held);
        int b = inner.within(start - waiting);
        reserve(rest.size - a + inner.size - b);
        long[] outNeed = offeredNeed;
        long[] outTime = offeredTime;
        long v = start;
        int count = 0;
        int lastA = rest.size - 1;
        int lastB = inner.size - 1;
        while (true) {
            outNeed[count] = v;
            outTime[count++] = spent + rest.time[a] + inner.time[b];
            long nextA = a < lastA ? restNeed[a + 1] + held : Long.MAX_VALUE;
            long nextB = b < lastB ? innerNeed[b + 1] + waiting : Long.MAX_VALUE;
            v = Math.min(nextA, nextB);
            if (v == Long.MAX_VALUE) {
                break;
            }
            a += nextA == v ? 1 : 0;
            b += nextB == v ? 1 : 0;
        }
        merge(count, how);
    }

    /** Takes the offered points in. */
    private void merge(int offered, int how) {
        long[] newNeed = offeredNeed;
        long[] newTime = offeredTime;
        int before = 0;
        int c = 0;
        while (c < offered) {
            long v = newNeed[c];
            while (before < size && need[before] <= v) {
                before++;
            }
            if (before == 0) {
                break;
            }
            long best = time[before - 1];
            if (newTime[c] < best) {
                break;
            }
            int ahead = Math.min(c + STRIDE, offered) - 1;
            c = newTime[ahead] >= best ? ahead + 1 : c + 1;
        }
        if (c < offered) {
            mergeFrom(c, offered, before, how);
        }
    }

    /** Takes in the points from the first that is better than all {@code before} that need no more. */
    private void mergeFrom(int c, int offered, int before, int how) {
        int tail = size - before;
        growTail(tail);
        System.arraycopy(need, before, tailNeed, 0, tail);
        System.arraycopy(time, before, tailTime, 0, tail);
        System.arraycopy(choice, before, tailChoice, 0, tail);
        int kept = before > 0 && need[before - 1] == offeredNeed[c] ? before - 1 : before;
        grow(kept + tail + offered - c);
        long last = kept > 0 ? time[kept - 1] : Long.MAX_VALUE;
        int out = kept;
        int t = 0;
        while (c < offered && t < tail) {
            long v = offeredNeed[c];
            long w = tailNeed[t];
            if (v < w || (v == w && offeredTime[c] < tailTime[t])) {
                if (offeredTime[c] < last) {
                    last = offeredTime[c];
                    need[out] = v;
                    time[out] = last;
                    choice[out++] = how;
                }
                c++;
            } else {
                if (tailTime[t] < last) {
                    last = tailTime[t];
                    need[out] = w;
                    time[out] = last;
                    choice[out++] = tailChoice[t];
                }
                t++;
            }
        }
        for (; c < offered; c++) {
            if (offeredTime[c] < last) {
                need[out] = offeredNeed[c];
                time[out] = offeredTime[c];
                choice[out++] = how;
            }
        }
        while (t < tail && tailTime[t] >= last) {
            t++;
        }
        System.arraycopy(tailNeed, t, need, out, tail - t);
        System.arraycopy(tailTime, t, time, out, tail - t);
        System.arraycopy(tailChoice, t, choice, out, tail - t);
        size = out + tail - t;
    }

    private void reserve(int points) {
        if (offeredNeed.length < points) {
            offeredNeed = new long[points * 2];
            offeredTime = new long[points * 2];
        }
    }

    private void growTail(int points) {
        if (tailNeed.length < points) {
            tailNeed = new long[points * 2];
            tailTime = new long[points * 2];
            tailChoice = new int[points * 2];
        }
    }

    private void grow(int points) {
        if (need.length < points) {
            need = Arrays.copyOf(need, points * 2);
            time = Arrays.copyOf(time, points * 2);
            choice = Arrays.copyOf(choice, points * 2);
        }
    }
}
