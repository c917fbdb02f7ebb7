package org.backpropaganda.experiments.data;

import java.util.List;
import java.util.Objects;

/** Images on the Java heap, a float a value: {@code size · (4 · H · W · C + 24)} bytes or little less. */
final class FloatImages extends HeapImages {
    private final float[][] images;

    /**
     * A set over these arrays, which are not copied.
     *
     * @param images one row an image, each {@code [H, W, C]} row-major. Ownership moves to the set.
     * @param labels one an image. Ownership moves to the set.
     */
    FloatImages(String name, ImageShape shape, List<String> classNames, float[][] images, int[] labels) {
        super(name, shape, classNames, labels);
        this.images = images;
    }

    @Override
    public void image(int index, float[] into, int offset) {
        float[] image = images[Objects.checkIndex(index, images.length)];
        Objects.checkFromIndexSize(offset, image.length, into.length);
        System.arraycopy(image, 0, into, offset, image.length);
    }
}
