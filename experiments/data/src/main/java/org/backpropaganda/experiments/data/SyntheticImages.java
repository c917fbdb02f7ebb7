package org.backpropaganda.experiments.data;

import org.backpropaganda.experiments.data.KeyedRandom.Purpose;

/**
 * RGB images of ten kinds of shapes and textures that draw themselves from a seed, for experiments without a download.
 *
 * <p>An image has a shape at a random place, of random size, turned by up to 15 degrees (diagonal stripes lean either
 * way), in a random colour on a background of another, with anti-aliased edges and some noise. Because either colour
 * may be the brighter one, classes share their mean image: a linear classifier stays near chance while a small
 * convolutional network learns. Image {@code i} has label {@code i mod 10} and is a function of (seed, set, i) and the
 * side alone, with the same bits on every machine. Images are drawn at once and kept as bytes, {@code 3 · side²} each.
 */
public final class SyntheticImages {
    private static final int CHANNELS = 3;
    private static final int DEFAULT_SIDE = 32;
    private static final int DEFAULT_TRAIN = 10_000;
    private static final int DEFAULT_TEST = 1_000;
    private static final int MIN_SIDE = 8;
    private static final int MAX_SIDE = 1024;
    private static final double MAX_TURN = StrictMath.toRadians(15);
    private static final double MIN_CONTRAST = 0.5;

    private SyntheticImages() {}

    /** 10,000 images to train and 2,000 to test on, 32×32. */
    public static DataSplit split(long seed) {
        return split(seed, DEFAULT_SIDE, DEFAULT_TRAIN, DEFAULT_TEST);
    }

    /**
     * Draws two disjoint sets.
     *
     * @param seed decides every pixel
     * @param side the height and width in pixels, from 8 to 1,024
     * @param train the number of images to train on, at least 1
     * @param test the number of images to test on, at least 1
     * @throws IllegalArgumentException if a number is out of its range
     * @throws DataException if the images cannot fit into the Java heap
     */
    public static DataSplit split(long seed, int side, int train, int test) {
        if (side < MIN_SIDE || side > MAX_SIDE) {
            throw new IllegalArgumentException(
                    "synthetic images: side must be from " + MIN_SIDE + " to " + MAX_SIDE + " pixels, got " + side);
        }
        if (train < 1 || test < 1) {
            throw new IllegalArgumentException(
                    "synthetic images: each set needs at least 1 image, got train " + train + " and test " + test);
        }
        HeapShare.ofThisJvm().take("synthetic images", (long) train + test, (long) CHANNELS * side * side);
        return new DataSplit(
                draw(Purpose.SYNTHETIC_TRAIN, "train", seed, side, train),
                draw(Purpose.SYNTHETIC_TEST, "test", seed, side, test));
    }

    private static Dataset draw(Purpose purpose, String part, long seed, int side, int count) {
        SyntheticShape[] shapes = SyntheticShape.values();
        byte[][] images = new byte[count][];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = i % shapes.length;
            images[i] = render(shapes[labels[i]], side, new KeyedRandom(purpose, seed, i));
        }
        return new ByteImages(
                "synthetic " + part + ", seed " + seed,
                new ImageShape(side, side, CHANNELS),
                SyntheticShape.names(),
                images,
                labels);
    }

    private static byte[] render(SyntheticShape shape, int side, KeyedRandom random) {
        double radius = side * random.between(0.27, 0.42);
        double room = shape.isTexture() ? 0.5 * side : 0.5 * side - 0.9 * radius;
        double centreX = 0.5 * side + random.between(-room, room);
        double centreY = 0.5 * side + random.between(-room, room);
        double angle = random.between(-MAX_TURN, MAX_TURN);
        double lean = shape == SyntheticShape.DIAGONAL_STRIPES && random.below(2) == 1 ? -1 : 1;
        double cos = StrictMath.cos(angle);
        double sin = StrictMath.sin(angle);
        double[] background = colour(random);
        double[] foreground = colour(random);
        while (distance(background, foreground) < MIN_CONTRAST) {
            foreground = colour(random);
        }
        double noise = random.between(0.01, 0.08);
        byte[] image = new byte[CHANNELS * side * side];
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                double dx = x + 0.5 - centreX;
                double dy = y + 0.5 - centreY;
                double edge = shape.distance(lean * (cos * dx + sin * dy), cos * dy - sin * dx, radius);
                double coverage = Math.min(1, Math.max(0, 0.5 - edge));
                for (int c = 0; c < CHANNELS; c++) {
                    double value = background[c] + coverage * (foreground[c] - background[c]);
                    image[(y * side + x) * CHANNELS + c] = quantise(value + noise * bell(random.bits()));
                }
            }
        }
        return image;
    }

    private static double[] colour(KeyedRandom random) {
        double[] colour = new double[CHANNELS];
        for (int c = 0; c < CHANNELS; c++) {
            colour[c] = random.between(0.05, 0.95);
        }
        return colour;
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int c = 0; c < CHANNELS; c++) {
            sum += (a[c] - b[c]) * (a[c] - b[c]);
        }
        return Math.sqrt(sum);
    }

    /** A bell-shaped number of mean 0 and variance 1: the standardised sum of four uniform ones of 16 bits. */
    private static double bell(long bits) {
        long sum = (bits & 0xffff) + (bits >>> 16 & 0xffff) + (bits >>> 32 & 0xffff) + (bits >>> 48);
        return (sum / 65535.0 - 2) * Math.sqrt(3);
    }

    private static byte quantise(double value) {
        return (byte) Math.min(255, Math.max(0, (int) Math.floor(value * 255 + 0.5)));
    }
}
