package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/** Quotients of products, which neither overflow nor underflow before they are divided. */
@Internal
public final class Quotients {
    private Quotients() {}

    /** {@code out = factor a b / c} with broadcasting; out may be one of those that have its shape. */
    public static void apply(double factor, Tensor a, Tensor b, Tensor c, Tensor out) {
        BroadcastLoop.run(
                (t, from, count) -> {
                    // The exponents of a double hold those of every product of floats.
                    for (int i = 0; i < count; i++) {
                        t[0][i] = (float) (factor * t[1][i] * t[2][i] / t[3][i]);
                    }
                },
                (t, from, count) -> {
                    for (int i = 0; i < count; i++) {
                        t[0][i] = factor * of(t[1][i], t[2][i], t[3][i]);
                    }
                },
                out,
                a,
                b,
                c);
    }

    /** a b / c. */
    static double of(double a, double b, double c) {
        double product = a * b;
        boolean isOrdinary = Math.abs(product) >= Double.MIN_NORMAL && Math.abs(product) <= Double.MAX_VALUE;
        if (isOrdinary || isSpecial(a, b, c)) {
            return product / c;
        }
        int powers = exponent(a) + exponent(b) - exponent(c);
        return Math.scalb(mantissa(a) * mantissa(b) / mantissa(c), powers);
    }

    /** Whether scaling does not help. */
    private static boolean isSpecial(double a, double b, double c) {
        double all = a * 0 + b * 0 + c * 0;
        return Double.isNaN(all) || a == 0 || b == 0 || c == 0;
    }

    private static int exponent(double x) {
        return Math.getExponent(x);
    }

    private static double mantissa(double x) {
        return Math.scalb(x, -Math.getExponent(x));
    }
}
