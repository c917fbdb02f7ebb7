package org.backpropaganda.reversible.exact;

import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;

/** Loops that round to a grid, in one pass with the check of the range. */
final class GridLoop {
    /*
     * A float is rounded by adding and taking away a number whose neighbours are units, which the compiler vectorises where it
     * does not a call of Math.rint: 1.5 · 2^23, good below 2^22 units. What lies above is first parted from a multiple of 2^10
     * units, by 2^10 times that number; both parts are exact, and so is their sum.
     */
    private static final float TO_UNITS = 0x1.8p23f;

    private static final float TO_HEAPS = 0x1.8p33f;

    private GridLoop() {}

    /** {@code out = Q(x)}; out may be x. */
    static void round(FixedPoint grid, Tensor x, Tensor out) {
        RangeWatch watch = new RangeWatch();
        HostLoop.run(1, floatRounding(grid, watch), doubleRounding(grid, watch), out, x);
        watch.check(grid, x);
    }

    /**
     * {@code out = Q(x) ± Q(v)}; out may be one of them. What is negative zero becomes zero, so that the difference of a sum and
     * what was added is the same to the bit.
     *
     * @param sign 1 or −1
     */
    static void sum(FixedPoint grid, int sign, Tensor x, Tensor v, Tensor out) {
        RangeWatch watch = new RangeWatch();
        HostLoop.run(1, floatSum(grid, sign, watch), doubleSum(grid, sign, watch), out, x, v);
        watch.check(grid, out);
    }

    private static HostLoop.FloatBody floatRounding(FixedPoint grid, RangeWatch watch) {
        float scale = (float) grid.scale(DType.FLOAT);
        float resolution = (float) grid.resolution(DType.FLOAT);
        float range = (float) grid.range(DType.FLOAT);
        return (a, from, count) -> {
            float[] y = a[0];
            float[] x = a[1];
            for (int i = 0; i < count; i++) {
                float units = x[i] * scale;
                float heaps = (units + TO_HEAPS) - TO_HEAPS;
                y[i] = (heaps + ((units - heaps + TO_UNITS) - TO_UNITS)) * resolution;
            }
            int offender = firstBeyond(y, count, range);
            if (offender >= 0) {
                watch.offend(from + offender, Float.toString(x[offender]));
            }
        };
    }

    private static HostLoop.DoubleBody doubleRounding(FixedPoint grid, RangeWatch watch) {
        double scale = grid.scale(DType.DOUBLE);
        double resolution = grid.resolution(DType.DOUBLE);
        double range = grid.range(DType.DOUBLE);
        return (a, from, count) -> {
            double[] y = a[0];
            double[] x = a[1];
            for (int i = 0; i < count; i++) {
                y[i] = (Math.rint(x[i] * scale) + 0.0) * resolution;
            }
            int offender = firstBeyond(y, count, range);
            if (offender >= 0) {
                watch.offend(from + offender, Double.toString(x[offender]));
            }
        };
    }

    private static HostLoop.FloatBody floatSum(FixedPoint grid, int sign, RangeWatch watch) {
        float scale = (float) grid.scale(DType.FLOAT);
        float signed = sign * scale;
        float resolution = (float) grid.resolution(DType.FLOAT);
        float range = (float) grid.range(DType.FLOAT);
        return (a, from, count) -> {
            float[] y = a[0];
            float[] x = a[1];
            float[] v = a[2];
            for (int i = 0; i < count; i++) {
                float one = x[i] * scale;
                float other = v[i] * signed;
                float oneHeaps = (one + TO_HEAPS) - TO_HEAPS;
                float otherHeaps = (other + TO_HEAPS) - TO_HEAPS;
                float rounded = oneHeaps + ((one - oneHeaps + TO_UNITS) - TO_UNITS);
                y[i] = (rounded + (otherHeaps + ((other - otherHeaps + TO_UNITS) - TO_UNITS))) * resolution;
            }
            int offender = firstBeyond(y, count, range);
            if (offender >= 0) {
                watch.offend(from + offender, x[offender] + operator(sign) + v[offender]);
            }
        };
    }

    private static HostLoop.DoubleBody doubleSum(FixedPoint grid, int sign, RangeWatch watch) {
        double scale = grid.scale(DType.DOUBLE);
        double signed = sign * scale;
        double resolution = grid.resolution(DType.DOUBLE);
        double range = grid.range(DType.DOUBLE);
        return (a, from, count) -> {
            double[] y = a[0];
            double[] x = a[1];
            double[] v = a[2];
            for (int i = 0; i < count; i++) {
                y[i] = (Math.rint(x[i] * scale) + Math.rint(v[i] * signed) + 0.0) * resolution;
            }
            int offender = firstBeyond(y, count, range);
            if (offender >= 0) {
                watch.offend(from + offender, x[offender] + operator(sign) + v[offender]);
            }
        };
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
