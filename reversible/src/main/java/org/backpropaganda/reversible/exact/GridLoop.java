package org.backpropaganda.reversible.exact;

import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;

/** Loops that round to a grid, in one pass with the check of the range. */
final class GridLoop {
    /** 1.5 · 2^23 and 2^10 times that: added and taken away again, they round a float to units and to 2^10 units. */
    private static final float TO_UNITS = 0x1.8p23f;

    private static final float TO_HEAPS = 0x1.8p33f;

    private GridLoop() {}

    /** {@code out = Q(x)}; out may be x. */
    static void round(FixedPoint grid, Tensor x, Tensor out) {
        float scale = (float) grid.scale(out.dtype());
        float resolution = (float) grid.resolution(out.dtype());
        double doubleScale = grid.scale(out.dtype());
        double doubleResolution = grid.resolution(out.dtype());
        double range = grid.range(out.dtype());
        RangeWatch watch = new RangeWatch();
        HostLoop.run(
                1,
                (a, from, count) -> {
                    float[] y = a[0];
                    float[] s = a[1];
                    for (int i = 0; i < count; i++) {
                        float units = s[i] * scale;
                        float heaps = (units + TO_HEAPS) - TO_HEAPS;
                        y[i] = (heaps + ((units - heaps + TO_UNITS) - TO_UNITS)) * resolution;
                    }
                    int offender = firstBeyond(y, count, (float) range);
                    if (offender >= 0) {
                        watch.offend(from + offender, Float.toString(s[offender]));
                    }
                },
                (a, from, count) -> {
                    double[] y = a[0];
                    double[] s = a[1];
                    for (int i = 0; i < count; i++) {
                        y[i] = (Math.rint(s[i] * doubleScale) + 0.0) * doubleResolution;
                    }
                    int offender = firstBeyond(y, count, range);
                    if (offender >= 0) {
                        watch.offend(from + offender, Double.toString(s[offender]));
                    }
                },
                out,
                x);
        watch.check(grid, x);
    }

    /**
     * {@code out = Q(x) ± Q(v)}; out may be one of them. What is negative zero becomes zero, so that the difference of a sum and
     * what was added is the same to the bit.
     *
     * @param sign 1 or −1
     */
    static void sum(FixedPoint grid, int sign, Tensor x, Tensor v, Tensor out) {
        float scale = (float) grid.scale(out.dtype());
        float signed = sign * scale;
        float resolution = (float) grid.resolution(out.dtype());
        double doubleScale = grid.scale(out.dtype());
        double doubleSigned = sign * doubleScale;
        double doubleResolution = grid.resolution(out.dtype());
        double range = grid.range(out.dtype());
        RangeWatch watch = new RangeWatch();
        HostLoop.run(
                1,
                (a, from, count) -> {
                    float[] y = a[0];
                    float[] s = a[1];
                    float[] w = a[2];
                    for (int i = 0; i < count; i++) {
                        float one = s[i] * scale;
                        float other = w[i] * signed;
                        float oneHeaps = (one + TO_HEAPS) - TO_HEAPS;
                        float otherHeaps = (other + TO_HEAPS) - TO_HEAPS;
                        float rounded = oneHeaps + ((one - oneHeaps + TO_UNITS) - TO_UNITS);
                        y[i] = (rounded + (otherHeaps + ((other - otherHeaps + TO_UNITS) - TO_UNITS))) * resolution;
                    }
                    int offender = firstBeyond(y, count, (float) range);
                    if (offender >= 0) {
                        watch.offend(from + offender, s[offender] + operator(sign) + w[offender]);
                    }
                },
                (a, from, count) -> {
                    double[] y = a[0];
                    double[] s = a[1];
                    double[] w = a[2];
                    for (int i = 0; i < count; i++) {
                        y[i] = (Math.rint(s[i] * doubleScale) + Math.rint(w[i] * doubleSigned) + 0.0)
                                * doubleResolution;
                    }
                    int offender = firstBeyond(y, count, range);
                    if (offender >= 0) {
                        watch.offend(from + offender, s[offender] + operator(sign) + w[offender]);
                    }
                },
                out,
                x,
                v);
        watch.check(grid, out);
    }

    private static String operator(int sign) {
        return sign > 0 ? " + " : " - ";
    }

    /** The first number whose magnitude is not below the range, NaN among them; or −1. */
    private static int firstBeyond(float[] y, int count, float range) {
        float largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, Math.abs(y[i]));
        }
        for (int i = 0; i < count && !(largest < range); i++) {
            if (!(Math.abs(y[i]) < range)) {
                return i;
            }
        }
        return -1;
    }

    private static int firstBeyond(double[] y, int count, double range) {
        double largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, Math.abs(y[i]));
        }
        for (int i = 0; i < count && !(largest < range); i++) {
            if (!(Math.abs(y[i]) < range)) {
                return i;
            }
        }
        return -1;
    }
}
