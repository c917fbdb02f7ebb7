package org.backpropaganda.experiments.data;

/** The order in which an epoch visits a data set. */
public final class BatchOrder {
    private BatchOrder() {}

    /**
     * A uniform random permutation of {@code 0 … size-1}, a function of its arguments alone.
     *
     * <p>Source: Fisher and Yates 1938, in Durstenfeld's in-place form (1964, Algorithm 235).
     *
     * @param seed the seed of the run
     * @param epoch the number of the epoch; each has an order of its own
     * @param size the number of images, at least 0
     * @return a new array of {@code size} distinct indices
     * @throws IllegalArgumentException if {@code size} is negative
     */
    public static int[] indices(long seed, int epoch, int size) {
        int[] order = identity(size);
        KeyedRandom random = new KeyedRandom(KeyedRandom.Purpose.BATCH_ORDER, seed, epoch);
        for (int last = size - 1; last > 0; last--) {
            int other = random.below(last + 1);
            int swapped = order[last];
            order[last] = order[other];
            order[other] = swapped;
        }
        return order;
    }

    /** The indices {@code 0 … size-1} in order. */
    static int[] identity(int size) {
        if (size < 0) {
            throw new IllegalArgumentException("batch order: size must be at least 0, got " + size);
        }
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            order[i] = i;
        }
        return order;
    }
}
