package org.backpropaganda.experiments.data;

import java.util.List;
import java.util.Objects;

/** Images of one shape on the Java heap, whatever a value takes there. */
abstract sealed class HeapImages implements Dataset permits ByteImages, FloatImages {
    private final String name;
    private final ImageShape shape;
    private final List<String> classNames;
    private final int[] labels;

    /**
     * A set over these labels, which are not copied.
     *
     * @param labels one an image, each in {@code [0, classNames.size())}. Ownership moves to the set.
     */
    HeapImages(String name, ImageShape shape, List<String> classNames, int[] labels) {
        this.name = name;
        this.shape = shape;
        this.classNames = List.copyOf(classNames);
        this.labels = labels;
    }

    final ImageShape shape() {
        return shape;
    }

    final int[] labels() {
        return labels;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final int size() {
        return labels.length;
    }

    @Override
    public final int height() {
        return shape.height();
    }

    @Override
    public final int width() {
        return shape.width();
    }

    @Override
    public final int channels() {
        return shape.channels();
    }

    @Override
    public final List<String> classNames() {
        return classNames;
    }

    @Override
    public final int label(int index) {
        return labels[Objects.checkIndex(index, labels.length)];
    }

    @Override
    public final String toString() {
        return name + ": " + size() + " images " + shape + ", " + classes() + " classes";
    }
}
