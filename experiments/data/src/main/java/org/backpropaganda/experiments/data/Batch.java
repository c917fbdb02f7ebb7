package org.backpropaganda.experiments.data;

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
}
