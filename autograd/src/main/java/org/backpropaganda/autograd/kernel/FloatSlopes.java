package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;

/**
 * Derivatives of functions of floats that oneDNN computes with large errors, or loses NaN through: from the input, or for the
 * hyperbolic tangent and the exponential linear unit from the output, of a piece at a time. They err by less than 8 ulp where
 * the result is a normal float, and by less than 2⁻²³ near a zero.
 */
@Internal
public final class FloatSlopes implements HostLoop.FloatBody {
    /** The density of the standard normal at 0. */
    private static final float HEIGHT = (float) (1 / Math.sqrt(2 * Math.PI));

    /** Takes any ordinary float beyond 1. */
    private static final float STEEP = 0x1p127f;

    private static final float SLOPE = (float) FloatGeluTanh.SLOPE;
    private static final float CUBE = (float) (3 * FloatGeluTanh.CUBE);

    private final EltwiseKernel.Function function;
    private final float alpha;
    private final FloatExponential exp;
    private final float[] a;
    private final float[] b;

    /** A function for pieces of up to {@code size} elements. */
    public FloatSlopes(EltwiseKernel.Function function, double alpha, int size) {
        this.function = function;
        this.alpha = (float) alpha;
        int room = switch (function) {
            case TANH, ELU, HARDSWISH -> 0;
            default -> size;
        };
        exp = new FloatExponential(room);
        a = new float[room];
        b = new float[room];
    }

    /** {@code arrays[0] = arrays[2] f'(arrays[1])}. */
    @Override
    public void run(float[][] arrays, long from, int count) {
        float[] dx = arrays[0];
        float[] x = arrays[1];
        float[] dy = arrays[2];
        switch (function) {
            case TANH -> tanh(x, dy, dx, count);
            case ELU -> elu(x, dy, dx, count);
            case SILU -> silu(x, dy, dx, count);
            case GELU -> gelu(x, dy, dx, count);
            case GELU_TANH -> geluTanh(x, dy, dx, count);
            case HARDSWISH -> hardswish(x, dy, dx, count);
            default -> throw new IllegalArgumentException(function + " has its derivative elsewhere");
        }
    }

    /** 1 − y² without the cancellation. */
    private static void tanh(float[] y, float[] dy, float[] dx, int count) {
        for (int i = 0; i < count; i++) {
            dx[i] = dy[i] * ((1 - y[i]) * (1 + y[i]));
        }
    }

    /** 1 where y is positive, y + α elsewhere. */
    private void elu(float[] y, float[] dy, float[] dx, int count) {
        float limit = alpha;
        for (int i = 0; i < count; i++) {
            float positive = Math.min(Math.max(y[i] * STEEP * STEEP, 0f), 1f);
            dx[i] = dy[i] * (positive + (1 - positive) * (Math.min(y[i], 0f) + limit));
        }
    }

    /** σ (1 + x (1 − σ)), σ = 1 / (1 + exp(−x)), its numbers times {@link FloatCurves#SMALL}. */
    private void silu(float[] x, float[] dy, float[] dx, int count) {
        for (int i = 0; i < count; i++) {
            a[i] = Math.min(Math.max(-x[i], FloatCurves.NEGLIGIBLE), FloatCurves.FAR);
        }
        exp.of(a, count);
        float[] rest = exp.rest;
        float[] power = exp.power;
        for (int i = 0; i < count; i++) {
            float v = Math.min(Math.max(x[i], -FloatCurves.FAR), FloatCurves.FAR);
            float e = (1 + rest[i]) * power[i] * (power[i] * FloatCurves.SMALL);
            float sum = FloatCurves.SMALL + e;
            dx[i] = dy[i] * ((1 + v * (e / sum)) / sum * FloatCurves.SMALL);
        }
    }

    /** The slope of x σ(z), z the cubic of the approximation: σ (1 + x (1 − σ) z'). */
    private void geluTanh(float[] x, float[] dy, float[] dx, int count) {
        FloatGeluTanh.reduce(x, a, b, count);
        exp.of(a, b, count);
        float[] rest = exp.rest;
        float[] power = exp.power;
        for (int i = 0; i < count; i++) {
            float v = Math.min(Math.max(x[i], -FloatCurves.TANH_FAR), FloatCurves.TANH_FAR);
            float e = (1 + rest[i]) * power[i] * (power[i] * FloatCurves.SMALL);
            float sum = FloatCurves.SMALL + e;
            dx[i] = dy[i] * ((1 + v * (SLOPE + CUBE * (v * v)) * (e / sum)) / sum * FloatCurves.SMALL);
        }
    }

    /** With t = |x| and g = Q(t) − t φ(t): g for negative x, 1 − g for positive; at 0 both are 1/2. */
    private void gelu(float[] x, float[] dy, float[] dx, int count) {
        FloatNormal.reduce(x, a, b, count);
        exp.of(a, b, count);
        FloatNormal.ratio(x, a, count);
        float[] rest = exp.rest;
        float[] power = exp.power;
        for (int i = 0; i < count; i++) {
            float t = Math.min(Math.abs(x[i]), FloatCurves.NORMAL_FAR);
            b[i] = (a[i] - t * HEIGHT) * (1 + rest[i]);
        }
        for (int i = 0; i < count; i++) {
            float g = b[i] * (power[i] * power[i]);
            float positive = Math.min(Math.max(x[i] * STEEP, 0f), 1f);
            dx[i] = dy[i] * (positive + (1 - 2 * positive) * g);
        }
    }

    private static void hardswish(float[] x, float[] dy, float[] dx, int count) {
        float end = Math.nextDown(3f);
        for (int i = 0; i < count; i++) {
            float within = Math.min(Math.max((x[i] + 3) * STEEP, 0f), 1f);
            float above = Math.min(Math.max((x[i] - end) * STEEP, 0f), 1f);
            float v = Math.min(Math.max(x[i], -3f), 3f);
            dx[i] = dy[i] * (above + within * (1 - above) * ((2 * v + 3) * FloatCurves.SIXTH));
        }
    }
}
