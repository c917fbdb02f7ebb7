package org.backpropaganda.checkpointing.compress;

import java.util.function.DoubleUnaryOperator;

/**
 * Steps that stand for the derivative of an activation: 0 below the first threshold, 1 above the last, and two values between.
 *
 * @param first,middle,last thresholds
 * @param low the value between the first two
 * @param high the value between the last two
 * @param nearLow an interval over which the derivative rises through low; its mirror image is one for high
 */
record Levels(double first, double middle, double last, double low, double high, Interval nearLow) {

    /** Numbers between two. */
    record Interval(double from, double to) {}

    /** For x Φ(x). */
    static final Levels ReGELU2 =
            new Levels(-3.18588, -0.00118, 3.19083, -0.049223, 1.048741, new Interval(-1.3, -0.6));

    /** For x σ(x). */
    static final Levels ReSiLU2 = new Levels(-6.30505, -0.00087, 6.32582, -0.040604, 1.040322, new Interval(-2.2, -1));

    /** Far enough out that the derivative is 0, or 1, in either element type. */
    private static final float FAR = 1000;

    float[] thresholds() {
        return new float[] {(float) first, (float) middle, (float) last};
    }

    /** For each interval an input that has its value as derivative. */
    float[] inputs(DoubleUnaryOperator slope) {
        return new float[] {
            -FAR, solve(slope, low, nearLow.from, nearLow.to), solve(slope, high, -nearLow.to, -nearLow.from), FAR
        };
    }

    /** Where a rising function has a value: the float next to it. */
    private static float solve(DoubleUnaryOperator slope, double value, double from, double to) {
        double below = from;
        double above = to;
        for (int i = 0; i < 60; i++) {
            double between = (below + above) / 2;
            if (slope.applyAsDouble(between) < value) {
                below = between;
            } else {
                above = between;
            }
        }
        return (float) above;
    }

    static double siluSlope(double x) {
        double sigma = 1 / (1 + Math.exp(-x));
        return sigma * (1 + x * (1 - sigma));
    }

    static double geluTanhSlope(double x) {
        double inner = Math.sqrt(2 / Math.PI);
        double tanh = Math.tanh(inner * (x + 0.044715 * x * x * x));
        return (1 + tanh) / 2 + x * (1 - tanh * tanh) / 2 * inner * (1 + 3 * 0.044715 * x * x);
    }

    static double geluSlope(double x) {
        return distribution(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    /** Φ for |x| of a few units, by its series: 1/2 + φ(x) Σ x^(2k+1) / (1 · 3 · … · (2k + 1)). */
    private static double distribution(double x) {
        double term = x;
        double sum = x;
        for (int k = 3; Math.abs(term) > 1e-18; k += 2) {
            term *= x * x / k;
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }
}
