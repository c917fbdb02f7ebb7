package org.backpropaganda.checkpointing.plan;

import java.util.Arrays;

/** Numbers pairs of numbers: the same pair has the same number, the first one 0, the next new one 1. */
final class PairIds {
    private long[] keys = new long[1024];
    private int[] ids = new int[1024];
    private int count;

    PairIds() {
        Arrays.fill(ids, -1);
    }

    int of(int a, int b) {
        long key = ((long) a << 32) | (b & 0xffffffffL);
        int at = place(key);
        if (ids[at] < 0) {
            if (count * 2 >= ids.length) {
                grow();
                at = place(key);
            }
            keys[at] = key;
            ids[at] = count++;
        }
        return ids[at];
    }

    int count() {
        return count;
    }

    private int place(long key) {
        long mixed = key * 0x9E3779B97F4A7C15L;
        int mask = ids.length - 1;
        int at = (int) (mixed >>> 32) & mask;
        while (ids[at] >= 0 && keys[at] != key) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldIds = ids;
        keys = new long[oldKeys.length * 2];
        ids = new int[oldIds.length * 2];
        Arrays.fill(ids, -1);
        for (int k = 0; k < oldIds.length; k++) {
            if (oldIds[k] >= 0) {
                int at = place(oldKeys[k]);
                keys[at] = oldKeys[k];
                ids[at] = oldIds[k];
            }
        }
    }
}
