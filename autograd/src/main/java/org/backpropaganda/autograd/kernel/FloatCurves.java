package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;

/**
 * Functions of floats that oneDNN computes with large errors, or through which it loses NaN: {@link EltwiseKernel}'s, of a
 * piece at a time. Each errs by less than 8 ulp where the result is a normal float, keeps NaN, and has the limit of the
 * function at ±∞.
 */
@Internal
public final class FloatCurves implements HostLoop.FloatBody {
    /** Beyond it the exponential is 0 or infinite, even times its argument. */
    static final float FAR = 115;

    /** Below the negative of it 1 + exp(a) is 1. */
    static final float NEGLIGIBLE = -30;

    /** Beyond it the normal distribution has no mass that a float can tell. */
    static final float NORMAL_FAR = 15;

    /** Beyond it the same of the approximation by the hyperbolic tangent. */
    static final float TANH_FAR = 11;

    /** 2^12 + 1: a product with it splits a float in halves of 12 bits, whose products are exact. */
    static final float SPLIT = 4097;

    static final float SIXTH = 1f / 6;

    private static final float T1 = 1f / 3;
    private static final float T2 = 1f / 5;
    private static final float T3 = 1f / 7;
    private static final float T4 = 1f / 9;
    private static final float T5 = 1f / 11;
    private static final float T6 = 1f / 13;
    private static final float T7 = 1f / 15;
    private static final float T8 = 1f / 17;

    /** Times it the exponential of {@link #FAR} is finite. */
    static final float SMALL = 0x1p-40f;

    /** Over {@link #SMALL} it is finite. */
    private static final float LARGE = 0x1p80f;

    private final EltwiseKernel.Function function;
    private final float alpha;
    private final double exactAlpha;
    private final FloatExponential exp;
    private final FloatLogarithm log;
    private final float[] a;
    private final float[] b;

    /** A function for pieces of up to {@code size} elements. */
    public FloatCurves(EltwiseKernel.Function function, double alpha, int size) {
        this.function = function;
        this.alpha = (float) alpha;
        this.exactAlpha = alpha;
        boolean isLog = function == EltwiseKernel.Function.LOG;
        log = new FloatLogarithm(isLog ? size : 0);
        int room =
                isLog || function == EltwiseKernel.Function.LEAKY_RELU || function == EltwiseKernel.Function.HARDSWISH
                        ? 0
                        : size;
        exp = new FloatExponential(room);
        a = new float[room];
        b = new float[room];
    }

    /** {@code arrays[0] = f(arrays[1])}. */
    @Override
    public void run(float[][] arrays, long from, int count) {
        float[] y = arrays[0];
        float[] x = arrays[1];
        switch (function) {
            case LEAKY_RELU -> relu(x, y, count);
            case LOG -> log.of(x, y, count);
            case ELU -> elu(x, y, count);
            case SOFTPLUS -> softplus(x, y, count);
            case GELU -> gelu(x, y, count);
            case GELU_TANH -> geluTanh(x, y, count);
            case HARDSWISH -> hardswish(x, y, count);
            default -> throw new IllegalArgumentException(function + " is computed elsewhere");
        }
    }

    private static void relu(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] = Math.max(x[i], 0f);
        }
    }

    /** max(x, 0) + α (p rest + (p − 1)), p = power². */
    private void elu(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            a[i] = Math.max(Math.min(x[i], 0f), NEGLIGIBLE);
        }
        exp.of(a, count);
        float[] rest = exp.rest;
        float[] power = exp.power;
        float factor = alpha;
        for (int i = 0; i < count; i++) {
            float p = power[i] * power[i];
            y[i] = Math.max(x[i], 0f) + factor * (p * rest[i] + (p - 1));
        }
    }

    /** x / (1 + exp(−z)), all times {@link #SMALL}, of the large x only what the quotient bears. */
    private void geluTanh(float[] x, float[] y, int count) {
        FloatGeluTanh.reduce(x, a, b, count);
        exp.of(a, b, count);
        float[] rest = exp.rest;
        float[] power = exp.power;
        for (int i = 0; i < count; i++) {
            float v = Math.max(x[i], -TANH_FAR);
            float t = Math.min(v, LARGE);
            y[i] = t / (SMALL + (1 + rest[i]) * power[i] * (power[i] * SMALL)) * SMALL + (v - t);
        }
    }

    /** max(x, 0) + 2 atanh(s) / α, e = exp(−α|x|), s = e / (2 + e): log(1 + e) = 2 atanh(s). */
    private void softplus(float[] x, float[] y, int count) {
        scaledMagnitude(x, count);
        exp.of(a, b, count);
        float[] rest = exp.rest;
        float[] power = exp.power;
        for (int i = 0; i < count; i++) {
            float part = (1 + rest[i]) * power[i];
            a[i] = part / (2 + part * power[i]);
        }
        for (int i = 0; i < count; i++) {
            float s = a[i] * power[i];
            float z = s * s;
            y[i] = 1 + z * (T1 + z * (T2 + z * (T3 + z * (T4 + z * (T5 + z * (T6 + z * (T7 + z * T8)))))));
        }
        float factor = (float) (2 / exactAlpha);
        for (int i = 0; i < count; i++) {
            y[i] = Math.max(x[i], 0f) + a[i] * factor * y[i] * power[i];
        }
    }

    /** {@code a + b = −α|x|}: a exactly from upper halves of the bits of both. */
    private void scaledMagnitude(float[] x, int count) {
        float limit = (float) Math.min(2 * FAR / exactAlpha, 0x1p100);
        float high = alpha * SPLIT - (alpha * SPLIT - alpha);
        float low = (float) (exactAlpha - high);
        for (int i = 0; i < count; i++) {
            float t = Math.min(Math.abs(x[i]), limit);
            float whole = t * SPLIT;
            float upper = whole - (whole - t);
            a[i] = Math.max(-(high * upper), -FAR);
        }
        for (int i = 0; i < count; i++) {
            float t = Math.min(Math.abs(x[i]), limit);
            float whole = t * SPLIT;
            float upper = whole - (whole - t);
            b[i] = -(high * (t - upper) + low * t);
        }
    }

    /** max(x, 0) − |x| Q(|x|), Q the upper tail of the standard normal. */
    private void gelu(float[] x, float[] y, int count) {
        FloatNormal.reduce(x, a, b, count);
        exp.of(a, b, count);
        FloatNormal.ratio(x, a, count);
        float[] rest = exp.rest;
        float[] power = exp.power;
        for (int i = 0; i < count; i++) {
            b[i] = Math.min(Math.abs(x[i]), NORMAL_FAR) * a[i] * (1 + rest[i]);
        }
        for (int i = 0; i < count; i++) {
            y[i] = Math.max(x[i], 0f) - b[i] * (power[i] * power[i]);
        }
    }

    private static void hardswish(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] = Math.max(x[i], -3f) * (Math.min(Math.max(x[i] + 3, 0f), 6f) * SIXTH);
        }
    }
}
