package org.backpropaganda.experiments.data;

import java.util.Arrays;
import java.util.Objects;

/**
 * Some images and their labels.
 *
 * <p>The arrays are the batch's own: nobody else keeps them, and whoever holds the batch may overwrite them. Equality
 * is that of the array objects.
 *
 * @param images {@code [B, H, W, C]}, row-major
 * @param labels {@code [B]}, the class of each image
 */
@SuppressWarnings("ArrayRecordComponent")
public record Batch(float[] images, int[] labels) {
    /** The number B of images. */
    public int size() {
        return labels.length;
    }

    /**
     * A copy of the images from one number to another, the latter not among them.
     *
     * @throws IndexOutOfBoundsException if there are no such images
     */
    public Batch part(int from, int to) {
        Objects.checkFromToIndex(from, to, size());
        int values = images.length / size();
        return new Batch(Arrays.copyOfRange(images, from * values, to * values), Arrays.copyOfRange(labels, from, to));
    }
}
