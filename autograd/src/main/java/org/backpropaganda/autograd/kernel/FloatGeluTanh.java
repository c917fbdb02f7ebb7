package org.backpropaganda.autograd.kernel;

/**
 * The argument of the approximate Gaussian error linear unit, which is {@code x σ(z)}, {@code z = 2 √(2/π) (x + 0.044715 x³)},
 * σ the logistic function: (1 + tanh(z / 2)) / 2 is σ(z).
 */
final class FloatGeluTanh {
    /** Of z at 0. */
    static final double SLOPE = 2 * Math.sqrt(2 / Math.PI);

    /** Of x³ in z. */
    static final double CUBE = SLOPE * 0.044715;

    private FloatGeluTanh() {}

    /**
     * {@code a + b = −z}, for x limited to where the function is neither 0 nor x. In two floats, because exp(z) has the error
     * of z.
     */
    static void reduce(float[] x, float[] a, float[] b, int count) {
        for (int i = 0; i < count; i++) {
            a[i] = Math.min(Math.max(x[i], -FloatCurves.TANH_FAR), FloatCurves.TANH_FAR);
        }
        for (int i = 0; i < count; i++) {
            double v = a[i];
            double z = v * (SLOPE + CUBE * (v * v));
            float high = (float) z;
            a[i] = -high;
            b[i] = (float) (high - z);
        }
        for (int i = 0; i < count; i++) {
            a[i] = Math.max(a[i], FloatCurves.NEGLIGIBLE);
        }
    }
}
