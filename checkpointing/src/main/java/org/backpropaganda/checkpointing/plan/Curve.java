package org.backpropaganda.checkpointing.plan;

/**
 * The best times of a range by the bytes that are free for it: points whose needs rise and whose times fall. Not modified once
 * it is made.
 */
final class Curve {
    /** Nothing is left to do. */
    static final Curve NOTHING = of(0);

    final int size;
    final long[] need;
    final long[] time;
    /** How the first step of each point is executed, as {@link Choice} writes it. */
    final int[] choice;

    Curve(int size, long[] need, long[] time, int[] choice) {
        this.size = size;
        this.need = need;
        this.time = time;
        this.choice = choice;
    }

    /** No time, for so many bytes. */
    static Curve of(long need) {
        return new Curve(1, new long[] {need}, new long[] {0}, new int[] {Choice.NONE});
    }

    /** The fastest point within a number of bytes, or -1. */
    int within(long bytes) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (need[middle] <= bytes) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    /**
     * The fastest point within a number of bytes, or -1, found from a point near it.
     *
     * @param near any number from -1
     */
    int within(long bytes, int near) {
        int point = Math.min(near, size - 1);
        while (point + 1 < size && need[point + 1] <= bytes) {
            point++;
        }
        while (point >= 0 && need[point] > bytes) {
            point--;
        }
        return point;
    }

    /** With no need below a number of bytes. */
    Curve atLeast(long bytes) {
        int first = Math.max(0, within(bytes));
        if (first == 0 && need[0] >= bytes) {
            return this;
        }
        int left = size - first;
        long[] needs = new long[left];
        long[] times = new long[left];
        int[] choices = new int[left];
        System.arraycopy(need, first, needs, 0, left);
        System.arraycopy(time, first, times, 0, left);
        System.arraycopy(choice, first, choices, 0, left);
        needs[0] = Math.max(bytes, needs[0]);
        return new Curve(left, needs, times, choices);
    }
}
