package org.backpropaganda.checkpointing.plan;

/**
 * Keeps curves short: drops repeatedly the point whose loss is least, where a point's loss is the bytes to the next point times
 * the time to the point before, which is by how much the curve rises and over how many bytes. The first point and the last stay,
 * so what is feasible stays so and the fastest plan does. Of equal losses the point of least need goes first.
 */
final class Thinning {
    private final int most;
    private long dropped;

    private int[] heap = new int[512];
    private int[] place = new int[512];
    private int[] before = new int[512];
    private int[] after = new int[512];
    private double[] loss = new double[512];
    private int heaped;

    /**
     * Of curves of so many points.
     *
     * @param most at least 2
     */
    Thinning(int most) {
        this.most = most;
    }

    /** How many points it has dropped. */
    long dropped() {
        return dropped;
    }

    /** Thins the first points of arrays in place, and returns how many are left. */
    int thin(long[] need, long[] time, int[] choice, int size) {
        int surplus = size - most;
        if (surplus <= 0) {
            return size;
        }
        dropped += surplus;
        fill(need, time, size);
        for (int k = 0; k < surplus; k++) {
            int least = heap[0];
            heaped--;
            if (heaped > 0) {
                sink(0, heap[heaped]);
            }
            int left = before[least];
            int right = after[least];
            after[left] = right;
            before[right] = left;
            place[least] = -1;
            if (left > 0) {
                loss[left] = loss(need, time, left);
                sink(place[left], left);
            }
            if (right < size - 1) {
                loss[right] = loss(need, time, right);
                sink(place[right], right);
            }
        }
        int kept = 0;
        for (int k = 0; k != size; k = after[k]) {
            need[kept] = need[k];
            time[kept] = time[k];
            choice[kept++] = choice[k];
        }
        return kept;
    }

    private void fill(long[] need, long[] time, int size) {
        if (heap.length < size) {
            heap = new int[size * 2];
            place = new int[size * 2];
            before = new int[size * 2];
            after = new int[size * 2];
            loss = new double[size * 2];
        }
        for (int k = 0; k < size; k++) {
            before[k] = k - 1;
            after[k] = k + 1;
        }
        heaped = size - 2;
        for (int k = 1; k < size - 1; k++) {
            loss[k] = loss(need, time, k);
            heap[k - 1] = k;
            place[k] = k - 1;
        }
        for (int at = heaped / 2 - 1; at >= 0; at--) {
            sink(at, heap[at]);
        }
    }

    private double loss(long[] need, long[] time, int k) {
        return (double) (need[after[k]] - need[k]) * (double) (time[before[k]] - time[k]);
    }

    /** Puts a point where it belongs at or below a place of the heap. Losses only rise, so nothing ever moves up. */
    private void sink(int from, int point) {
        double weight = loss[point];
        int at = from;
        while (true) {
            int child = 2 * at + 1;
            if (child >= heaped) {
                break;
            }
            if (child + 1 < heaped && less(heap[child + 1], heap[child])) {
                child++;
            }
            int other = heap[child];
            if (loss[other] > weight || (loss[other] == weight && other > point)) {
                break;
            }
            heap[at] = other;
            place[other] = at;
            at = child;
        }
        heap[at] = point;
        place[point] = at;
    }

    private boolean less(int a, int b) {
        return loss[a] < loss[b] || (loss[a] == loss[b] && a < b);
    }
}
