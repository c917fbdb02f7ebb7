package org.backpropaganda.experiments.data;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Images on the Java heap, one unsigned byte a value: {@code size · (H · W · C + 24)} bytes or little less. */
final class ByteImages extends HeapImages {
    private final byte[][] images;

    /**
     * A set over these arrays, which are not copied.
     *
     * @param images one row an image, each {@code [H, W, C]} row-major. Ownership moves to the set.
     * @param labels one an image, each in {@code [0, classNames.size())}. Ownership moves to the set.
     */
    ByteImages(String name, ImageShape shape, List<String> classNames, byte[][] images, int[] labels) {
        super(name, shape, classNames, labels);
        this.images = images;
    }

    /** The images {@code [from, to)} of this set, sharing its bytes. */
    ByteImages slice(String sliceName, int from, int to) {
        return new ByteImages(
                sliceName,
                shape(),
                classNames(),
                Arrays.copyOfRange(images, from, to),
                Arrays.copyOfRange(labels(), from, to));
    }

    /** The bytes of an image; not to be modified. */
    byte[] bytes(int index) {
        return images[Objects.checkIndex(index, images.length)];
    }

    @Override
    public void image(int index, float[] into, int offset) {
        byte[] image = images[Objects.checkIndex(index, images.length)];
        Objects.checkFromIndexSize(offset, image.length, into.length);
        for (int i = 0; i < image.length; i++) {
            into[offset + i] = (image[i] & 0xff) / 255f;
        }
    }
}
