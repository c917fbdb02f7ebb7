package org.backpropaganda.experiments.data;

import java.util.List;

/**
 * A finite, ordered set of images of one size, each with one class label.
 *
 * <p>Implementations are immutable and safe for use by several threads.
 */
public interface Dataset {
    /** Where the images come from, and which part of it they are; for reports. */
    String name();

    /** The number of images, at least 1. */
    int size();

    /** The height H of every image, in pixels. */
    int height();

    /** The width W of every image, in pixels. */
    int width();

    /** The number C of channels of every image: 3 for RGB, 1 for grey. */
    int channels();

    /** The names of the classes; label {@code k} belongs to element {@code k}. Not modifiable. */
    List<String> classNames();

    /**
     * The class of one image.
     *
     * @param index in {@code [0, size())}
     * @return the label, in {@code [0, classes())}
     * @throws IndexOutOfBoundsException if there is no such image
     */
    int label(int index);

    /**
     * Writes one image {@code [H, W, C]}, row-major, values in {@code [0, 1]}.
     *
     * @param index in {@code [0, size())}
     * @param into receives {@code valuesPerImage()} values. Modified from {@code offset} on.
     * @param offset where the image starts in {@code into}
     * @throws IndexOutOfBoundsException if there is no such image, or it does not fit
     */
    void image(int index, float[] into, int offset);

    /** The number of classes. */
    default int classes() {
        return classNames().size();
    }

    /** The number H · W · C of values of one image. */
    default int valuesPerImage() {
        return height() * width() * channels();
    }
}
