package org.backpropaganda.experiments.data;

/** The shape {@code [H, W, C]} of one image. */
record ImageShape(int height, int width, int channels) {
    static ImageShape of(Dataset data) {
        return new ImageShape(data.height(), data.width(), data.channels());
    }

    /** The number of values of one image: H · W · C. */
    int values() {
        return Math.multiplyExact(Math.multiplyExact(height, width), channels);
    }

    @Override
    public String toString() {
        return "[" + height + ", " + width + ", " + channels + "]";
    }
}
