package org.backpropaganda.experiments.data;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Images on the Java heap, one unsigned byte a value: {@code size · (H · W · C + 24)} bytes or little less. */
final class ByteImages implements Dataset {
    private final String name;
    private final ImageShape shape;
    private final List<String> classNames;
    private final byte[][] images;
    private final int[] labels;

    /**
     * A set over these arrays, which are not copied.
     *
     * @param images one row an image, each {@code [H, W, C]} row-major. Ownership moves to the set.
     * @param labels one an image, each in {@code [0, classNames.size())}. Ownership moves to the set.
     */
    ByteImages(String name, ImageShape shape, List<String> classNames, byte[][] images, int[] labels) {
        this.name = name;
        this.shape = shape;
        this.classNames = List.copyOf(classNames);
        this.images = images;
        this.labels = labels;
    }

    /** The images {@code [from, to)} of this set, sharing its bytes. */
    ByteImages slice(String sliceName, int from, int to) {
        return new ByteImages(
                sliceName,
                shape,
                classNames,
                Arrays.copyOfRange(images, from, to),
                Arrays.copyOfRange(labels, from, to));
    }

    /** The bytes of an image; not to be modified. */
    byte[] bytes(int index) {
        return images[Objects.checkIndex(index, images.length)];
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
        byte[] image = images[Objects.checkIndex(index, images.length)];
        Objects.checkFromIndexSize(offset, image.length, into.length);
        for (int i = 0; i < image.length; i++) {
            into[offset + i] = (image[i] & 0xff) / 255f;
        }
    }

    @Override
    public String toString() {
        return name + ": " + size() + " images " + shape + ", " + classes() + " classes";
    }
}
