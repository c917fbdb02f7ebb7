package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;

/**
 * The complementary error function in double, which Java lacks.
 *
 * <p>Source: Abramowitz and Stegun 1964, "Handbook of Mathematical Functions", 7.1.6 (a series of positive terms) below
 * {@value #FAR}, 7.1.14 (a continued fraction) beyond.
 */
@Internal
public final class ErrorFunction {
    private static final double FAR = 2;
    private static final int FRACTIONS = 80;
    private static final double NEGLIGIBLE = 1e-18;

    private ErrorFunction() {}

    /** The distribution function of the standard normal. */
    public static double normal(double x) {
        return complementary(-x / Math.sqrt(2)) / 2;
    }

    /** 1 - erf(x). */
    public static double complementary(double x) {
        if (x < 0) {
            return 2 - complementary(-x);
        }
        return x < FAR ? 1 - series(x) : fraction(x);
    }

    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; term > NEGLIGIBLE * sum; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    private static double fraction(double x) {
        double tail = x;
        for (int n = FRACTIONS; n > 0; n--) {
            tail = x + n / 2.0 / tail;
        }
        return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
    }
}
