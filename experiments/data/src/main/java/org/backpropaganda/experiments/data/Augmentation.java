package org.backpropaganda.experiments.data;

import java.util.Arrays;
import java.util.List;

/**
 * Random translation and mirroring of training images.
 *
 * <p>An image is padded by {@code pad} black pixels on every side, a window of the original size is cut out at a
 * uniformly drawn place, and with {@code flip} the result is mirrored left to right with probability 1/2. What is drawn
 * is a function of (seed, epoch, index) alone: neither threads nor the order of visits change it.
 *
 * <p>Source: He et al. 2016, "Deep Residual Learning for Image Recognition", § 4.2. Deviations: the padding is black
 * (0) before normalization, as in common implementations, rather than the mean.
 *
 * @param pad how many pixels the image may move in each direction, at least 0
 * @param flip whether images may be mirrored; wrong for digits and letters
 */
public record Augmentation(int pad, boolean flip) {
    /**
     * Checks the padding.
     *
     * @throws IllegalArgumentException if {@code pad} is negative
     */
    public Augmentation {
        if (pad < 0) {
            throw new IllegalArgumentException("augmentation: pad must be at least 0, got " + pad);
        }
    }

    /** The usual choice for CIFAR-10: padding of 4 and mirroring. */
    public static Augmentation standard() {
        return new Augmentation(4, true);
    }

    /** No change at all. */
    public static Augmentation none() {
        return new Augmentation(0, false);
    }

    /**
     * The data set as one epoch sees it; labels, names and sizes are those of {@code base}.
     *
     * @param base Not modified.
     * @param seed the seed of the run
     * @param epoch the number of the epoch
     * @return a view of {@code base} that draws each image's change when the image is asked for
     * @throws IllegalArgumentException if {@code pad} is not smaller than the images, which could then vanish
     */
    public Dataset over(Dataset base, long seed, int epoch) {
        if (pad == 0 && !flip) {
            return base;
        }
        if (pad >= Math.min(base.height(), base.width())) {
            throw new IllegalArgumentException("augmentation: pad " + pad + " must be smaller than the images "
                    + ImageShape.of(base) + " of " + base.name());
        }
        return new View(this, base, seed, epoch);
    }

    /** One image's change: the window starts at (top, left) of the padded image, then may be mirrored. */
    private record Change(int top, int left, boolean mirrored) {}

    private Change draw(long seed, int epoch, int index) {
        KeyedRandom random = new KeyedRandom(KeyedRandom.Purpose.AUGMENTATION, seed, epoch, index);
        int top = random.below(2 * pad + 1);
        int left = random.below(2 * pad + 1);
        return new Change(top, left, flip && random.below(2) == 1);
    }

    private record View(Augmentation augmentation, Dataset base, long seed, int epoch) implements Dataset {
        @Override
        public String name() {
            return base.name();
        }

        @Override
        public int size() {
            return base.size();
        }

        @Override
        public int height() {
            return base.height();
        }

        @Override
        public int width() {
            return base.width();
        }

        @Override
        public int channels() {
            return base.channels();
        }

        @Override
        public List<String> classNames() {
            return base.classNames();
        }

        @Override
        public int label(int index) {
            return base.label(index);
        }

        @Override
        public void image(int index, float[] into, int offset) {
            float[] original = new float[valuesPerImage()];
            base.image(index, original, 0);
            Change change = augmentation.draw(seed, epoch, index);
            Arrays.fill(into, offset, offset + original.length, 0f);
            int channels = channels();
            for (int y = 0; y < height(); y++) {
                int sourceY = y + change.top() - augmentation.pad();
                for (int x = 0; x < width(); x++) {
                    int column = change.mirrored() ? width() - 1 - x : x;
                    int sourceX = column + change.left() - augmentation.pad();
                    if (sourceY >= 0 && sourceY < height() && sourceX >= 0 && sourceX < width()) {
                        int from = (sourceY * width() + sourceX) * channels;
                        int to = offset + (y * width() + x) * channels;
                        System.arraycopy(original, from, into, to, channels);
                    }
                }
            }
        }
    }
}
