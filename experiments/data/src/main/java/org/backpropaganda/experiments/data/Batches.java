package org.backpropaganda.experiments.data;

/**
 * How a data set is cut into batches: size, normalization, augmentation, and what happens to the last, partial batch.
 *
 * <p>Immutable; the methods that change a setting return a new object. Typical use:
 *
 * <pre>{@code
 * Normalization normalization = Normalization.of(split.train());
 * Batches training = Batches.of(split.train(), 128)
 *         .normalize(normalization)
 *         .augment(Augmentation.standard())
 *         .dropLast();
 * for (Batch batch : training.epoch(seed, epoch)) { … }
 *
 * Batches testing = Batches.of(split.test(), 500).normalize(normalization);
 * for (Batch batch : testing.inOrder()) { … }
 * }</pre>
 */
public final class Batches {
    private final Dataset data;
    private final int batchSize;
    private final Normalization normalization;
    private final Augmentation augmentation;
    private final boolean dropLast;

    private Batches(
            Dataset data, int batchSize, Normalization normalization, Augmentation augmentation, boolean dropLast) {
        this.data = data;
        this.batchSize = batchSize;
        this.normalization = normalization;
        this.augmentation = augmentation;
        this.dropLast = dropLast;
    }

    /**
     * Batches of raw values in {@code [0, 1]}, keeping the last, partial batch.
     *
     * @param data the images. Not modified.
     * @param batchSize the number B of images of a full batch, at least 1
     * @throws IllegalArgumentException if {@code batchSize} is below 1
     */
    public static Batches of(Dataset data, int batchSize) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batches: batch size must be at least 1, got " + batchSize);
        }
        return new Batches(data, batchSize, Normalization.identity(data.channels()), Augmentation.none(), false);
    }

    /**
     * The same batches, standardised after augmentation.
     *
     * @throws IllegalArgumentException if the number of channels is not that of the data
     */
    public Batches normalize(Normalization chosen) {
        if (chosen.channels() != data.channels()) {
            throw new IllegalArgumentException("batches: normalization has " + chosen.channels() + " channels, images "
                    + ImageShape.of(data) + " of " + data.name() + " have " + data.channels());
        }
        return new Batches(data, batchSize, chosen, augmentation, dropLast);
    }

    /** The same batches, with augmented images in {@link #epoch}. */
    public Batches augment(Augmentation chosen) {
        return new Batches(data, batchSize, normalization, chosen, dropLast);
    }

    /**
     * The same batches, without the last one of an {@link #epoch} if it is partial.
     *
     * @throws IllegalArgumentException if not even one batch is full
     */
    public Batches dropLast() {
        if (data.size() < batchSize) {
            throw new IllegalArgumentException("batches: dropping partial batches would leave none, batch size "
                    + batchSize + " of " + data.size() + " images of " + data.name() + "; choose a smaller batch size");
        }
        return new Batches(data, batchSize, normalization, augmentation, true);
    }

    /**
     * One epoch of training: shuffled by {@link BatchOrder} and augmented, a function of its arguments alone.
     *
     * @param seed the seed of the run
     * @param epoch the number of the epoch
     */
    public Epoch epoch(long seed, int epoch) {
        int[] order = BatchOrder.indices(seed, epoch, data.size());
        return new Epoch(augmentation.over(data, seed, epoch), order, batchSize, normalization, dropLast);
    }

    /** One pass for evaluation: every image once, in index order, without augmentation. */
    public Epoch inOrder() {
        return new Epoch(data, BatchOrder.identity(data.size()), batchSize, normalization, false);
    }
}
