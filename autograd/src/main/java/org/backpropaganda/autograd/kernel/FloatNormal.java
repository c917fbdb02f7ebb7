package org.backpropaganda.autograd.kernel;

/**
 * The upper tail of the standard normal, {@code Q(t) = exp(−t²/2) R(t)}, for pieces of floats, with a small relative error
 * however small it is.
 *
 * <p>Source: Shepherd and Laframboise 1981, "Chebyshev Approximation of (1 + 2x) exp(x²) erfc x in 0 ≤ x &lt; ∞": R(t) (t +
 * {@value #SHIFT}) as a polynomial in (t − {@value #SHIFT}) / (t + {@value #SHIFT}). Departure: the coefficients, which
 * interpolate at the Chebyshev nodes of [0, 15] with a relative error of 2e-8 before rounding.
 */
final class FloatNormal {
    private static final float SHIFT = 2.5f;
    private static final float C0 = 0.70665663f;
    private static final float C1 = -0.43369198f;
    private static final float C2 = 0.13198707f;
    private static final float C3 = 0.009235508f;
    private static final float C4 = -0.01638709f;
    private static final float C5 = -0.001599698f;
    private static final float C6 = 0.0025268462f;
    private static final float C7 = 6.840565e-4f;
    private static final float C8 = -3.1458918e-4f;
    private static final float C9 = -1.5900028e-4f;

    private FloatNormal() {}

    /** {@code a + b = −t²/2}, t = |x| or {@link FloatCurves#NORMAL_FAR}: a exactly from the upper half of t's bits. */
    static void reduce(float[] x, float[] a, float[] b, int count) {
        for (int i = 0; i < count; i++) {
            float t = Math.min(Math.abs(x[i]), FloatCurves.NORMAL_FAR);
            float whole = t * FloatCurves.SPLIT;
            float upper = whole - (whole - t);
            a[i] = -0.5f * (upper * upper);
            b[i] = -0.5f * ((t - upper) * (t + upper));
        }
    }

    /** {@code ratio = R(t)}; may be what {@link #reduce} gave. */
    static void ratio(float[] x, float[] ratio, int count) {
        for (int i = 0; i < count; i++) {
            float t = Math.min(Math.abs(x[i]), FloatCurves.NORMAL_FAR);
            float scale = 1 / (t + SHIFT);
            float u = (t - SHIFT) * scale;
            float p =
                    C0 + u * (C1 + u * (C2 + u * (C3 + u * (C4 + u * (C5 + u * (C6 + u * (C7 + u * (C8 + u * C9))))))));
            ratio[i] = p * scale;
        }
    }
}
