package org.backpropaganda.experiments.data;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;

/**
 * The batches of one pass over a data set.
 *
 * <p>A batch is formed anew each time it is asked for, so that only the batches in use take memory, and a run can
 * resume in the middle of an epoch. Safe for use by several threads.
 */
public final class Epoch implements Iterable<Batch> {
    private final Dataset data;
    private final int[] order;
    private final int batchSize;
    private final Normalization normalization;
    private final int size;

    /** A pass over {@code data} in {@code order}, whose ownership moves here. */
    Epoch(Dataset data, int[] order, int batchSize, Normalization normalization, boolean dropLast) {
        this.data = data;
        this.order = order;
        this.batchSize = batchSize;
        this.normalization = normalization;
        int full = order.length / batchSize;
        this.size = dropLast || order.length % batchSize == 0 ? full : full + 1;
    }

    /** The number of batches. */
    public int size() {
        return size;
    }

    /**
     * Forms one batch.
     *
     * @param number in {@code [0, size())}
     * @return images {@code [B, H, W, C]} and labels {@code [B]}, owned by the caller; B is smaller than the batch size
     *     only in the last batch
     * @throws IndexOutOfBoundsException if there is no such batch
     */
    public Batch batch(int number) {
        int first = Objects.checkIndex(number, size) * batchSize;
        int count = Math.min(batchSize, order.length - first);
        int values = data.valuesPerImage();
        float[] images = new float[Math.multiplyExact(count, values)];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            int index = order[first + i];
            data.image(index, images, i * values);
            labels[i] = data.label(index);
        }
        normalization.apply(images);
        return new Batch(images, labels);
    }

    @Override
    public Iterator<Batch> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < size;
            }

            @Override
            public Batch next() {
                if (next >= size) {
                    throw new NoSuchElementException("an epoch of " + size + " batches has no batch " + next);
                }
                return batch(next++);
            }
        };
    }
}
