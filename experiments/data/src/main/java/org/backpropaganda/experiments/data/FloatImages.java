package org.backpropaganda.experiments.data;

import java.util.List;
import java.util.Objects;

/** Images on the Java heap, a float a value: {@code size · (4 · H · W · C + 24)} bytes or little less. */
final class FloatImages implements Dataset {
    private final String name;
    private final ImageShape shape;
    private final List<String> classNames;
    private final float[][] images;
    private final int[] labels;

    /**
     * A set over these arrays, which are not copied.
     *
     * @param images one row an image, each {@code [H, W, C]} row-major. Ownership moves to the set.
     * @param labels one an image. Ownership moves to the set.
     */
    FloatImages(String name, ImageShape shape, List<String> classNames, float[][] images, int[] labels) {
        this.name = name;
        this.shape = shape;
        this.classNames = List.copyOf(classNames);
        this.images = images;
        this.labels = labels;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return images.length;
    }

    @Override
    public int height() {
        return shape.height();
    }

    @Override
    public int width() {
        return shape.width();
    }

    @Override
    public int channels() {
        return shape.channels();
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public int label(int index) {
        return labels[Objects.checkIndex(index, labels.length)];
    }

    @Override
    public void image(int index, float[] into, int offset) {
        float[] image = images[Objects.checkIndex(index, images.length)];
        Objects.checkFromIndexSize(offset, image.length, into.length);
        System.arraycopy(image, 0, into, offset, image.length);
    }
}
