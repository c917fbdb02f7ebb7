package org.backpropaganda.experiments.data;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The classes of {@link SyntheticImages}: six figures and four textures, each as a signed distance.
 *
 * <p>Every class is closed under mirroring and small shifts, so that {@link Augmentation} keeps labels true.
 */
enum SyntheticShape {
    DISC,
    RING,
    SQUARE,
    TRIANGLE,
    CROSS,
    STAR,
    HORIZONTAL_STRIPES,
    VERTICAL_STRIPES,
    DIAGONAL_STRIPES,
    CHECKERBOARD;

    private static final double[] TRIANGLE_NORMALS = normals(3, 0.5);
    private static final double[] STAR_NORMALS = normals(5, 0);
    private static final double TRIANGLE_INRADIUS = 0.5;
    private static final double STAR_INRADIUS = StrictMath.cos(2 * Math.PI / 5);

    /** The class names in label order: {@code disc}, …, {@code checkerboard}. */
    static List<String> names() {
        return Stream.of(values())
                .map(shape -> shape.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .toList();
    }

    /** Whether the shape covers the plane instead of lying around its centre. */
    boolean isTexture() {
        return compareTo(HORIZONTAL_STRIPES) >= 0;
    }

    /**
     * The signed distance in pixels from (x, y) to the shape's edge, negative inside; exact close to straight edges,
     * and of the right sign everywhere.
     *
     * @param x pixels to the right of the centre, in the shape's own, rotated frame
     * @param y pixels below the centre
     * @param radius the size of the shape in pixels, positive
     */
    double distance(double x, double y, double radius) {
        return switch (this) {
            case DISC -> length(x, y) - 0.85 * radius;
            case RING -> Math.abs(length(x, y) - 0.75 * radius) - 0.2 * radius;
            case SQUARE -> box(x, y, 0.75 * radius, 0.75 * radius);
            case TRIANGLE -> halfPlanes(x, y, TRIANGLE_NORMALS, TRIANGLE_INRADIUS * radius, 0);
            case CROSS -> Math.min(box(x, y, radius, 0.27 * radius), box(x, y, 0.27 * radius, radius));
            case STAR -> halfPlanes(x, y, STAR_NORMALS, STAR_INRADIUS * 1.1 * radius, 1);
            case HORIZONTAL_STRIPES -> stripes(y, radius);
            case VERTICAL_STRIPES -> stripes(x, radius);
            case DIAGONAL_STRIPES -> stripes((x + y) * Math.sqrt(0.5), radius);
            case CHECKERBOARD -> checkerboard(stripes(x, radius), stripes(y, radius));
        };
    }

    private static double length(double x, double y) {
        return Math.sqrt(x * x + y * y);
    }

    private static double box(double x, double y, double halfWidth, double halfHeight) {
        return Math.max(Math.abs(x) - halfWidth, Math.abs(y) - halfHeight);
    }

    /** Stripes of equal width across the u axis, one period being 0.7 of the radius but at least 4 pixels. */
    private static double stripes(double u, double radius) {
        double period = Math.max(4, 0.7 * radius);
        double turns = u / period;
        double phase = turns - Math.floor(turns);
        return (Math.abs(phase - 0.5) - 0.25) * period;
    }

    /** Inside where exactly one of the two stripe patterns is. */
    private static double checkerboard(double across, double down) {
        double magnitude = Math.min(Math.abs(across), Math.abs(down));
        return across < 0 == down < 0 ? magnitude : -magnitude;
    }

    /**
     * The points that lie outside at most {@code allowed} of some half-planes: with 0 a convex polygon; with 1, and the
     * five lines of a pentagram, the star with its tips.
     */
    private static double halfPlanes(double x, double y, double[] normals, double inradius, int allowed) {
        double largest = Double.NEGATIVE_INFINITY;
        double second = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < normals.length; i += 2) {
            double outside = x * normals[i] + y * normals[i + 1];
            second = Math.max(second, Math.min(largest, outside));
            largest = Math.max(largest, outside);
        }
        return (allowed == 0 ? largest : second) - inradius;
    }

    /** {@code count} unit vectors (x, y), evenly spread, the first turned by {@code turn} of a step from "up". */
    private static double[] normals(int count, double turn) {
        double[] normals = new double[2 * count];
        for (int i = 0; i < count; i++) {
            double angle = 2 * Math.PI * (i + turn) / count - Math.PI / 2;
            normals[2 * i] = StrictMath.cos(angle);
            normals[2 * i + 1] = StrictMath.sin(angle);
        }
        return normals;
    }
}
