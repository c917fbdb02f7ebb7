package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Exponentials of pieces of floats, as a mantissa and the square of a power of two, so that what is made of them neither
 * overflows nor underflows before its own result does.
 *
 * <pre>
 * exp(a + b) = (1 + rest) power²
 * rest       = exp(r) − 1, r = a + b − n log 4, |r| ≤ log 2, by the series of exp; power = 2^n
 * </pre>
 *
 * The error of {@code 1 + rest} is below 1.5 ulp; NaN stays in it. Loops run from index 0 over whole arrays, write one array
 * each and have no branches, so that the compiler makes vector instructions of them; it does so for no conversion of bits, hence
 * the copies through a buffer. Source of the reduction: Cody and Waite 1980, "Software Manual for the Elementary Functions",
 * chapter 6.
 */
final class FloatExponential {
    private static final float LOG4_E = (float) (1 / Math.log(4));

    /** Of 16 bits, so that its products with n are exact. */
    private static final float LN4_HIGH = 0x1.62e4p0f;

    private static final float LN4_LOW = (float) (Math.log(4) - LN4_HIGH);

    /** Beside it a float has no place for a fraction, and the integer lies in its lowest bits, the others of which are 0. */
    private static final float INTEGER = 0x1.8p23f;

    private static final int BIAS = 127;
    private static final int MANTISSA_BITS = 23;

    private static final float C2 = 1f / 2;
    private static final float C3 = 1f / 6;
    private static final float C4 = 1f / 24;
    private static final float C5 = 1f / 120;
    private static final float C6 = 1f / 720;
    private static final float C7 = 1f / 5040;
    private static final float C8 = 1f / 40320;
    private static final float C9 = 1f / 362880;

    /** {@code exp(r) − 1}. */
    final float[] rest;

    /** The root of the power of two, or its inverse. */
    final float[] power;

    private final int[] bits;
    private final FloatBuffer floats;
    private final IntBuffer ints;

    /** For pieces of up to {@code size} elements. */
    FloatExponential(int size) {
        rest = new float[size];
        power = new float[size];
        bits = new int[size];
        ByteBuffer exchange = ByteBuffer.allocate(size * Float.BYTES).order(ByteOrder.nativeOrder());
        floats = exchange.asFloatBuffer();
        ints = exchange.asIntBuffer();
    }

    /** {@code exp(a) = (1 + rest) power²}, a within [-160, 160] or NaN. */
    void of(float[] a, int count) {
        power(a, count);
        reduce(a, count);
    }

    /** {@code exp(a + b) = (1 + rest) power²} for b below 0.1. */
    void of(float[] a, float[] b, int count) {
        power(a, count);
        reduce(a, b, count);
    }

    /** Rounds as {@link #reduce} does. */
    private void power(float[] a, int count) {
        for (int i = 0; i < count; i++) {
            power[i] = a[i] * LOG4_E + INTEGER;
        }
        floats.put(0, power, 0, count);
        ints.get(0, bits, 0, count);
        for (int i = 0; i < count; i++) {
            bits[i] = (bits[i] + BIAS) << MANTISSA_BITS;
        }
        ints.put(0, bits, 0, count);
        floats.get(0, power, 0, count);
    }

    private void reduce(float[] a, int count) {
        for (int i = 0; i < count; i++) {
            float x = a[i];
            float n = (x * LOG4_E + INTEGER) - INTEGER;
            float r = (x - n * LN4_HIGH) - n * LN4_LOW;
            rest[i] = r * (1 + r * (C2 + r * (C3 + r * (C4 + r * (C5 + r * (C6 + r * (C7 + r * (C8 + r * C9))))))));
        }
    }

    private void reduce(float[] a, float[] b, int count) {
        for (int i = 0; i < count; i++) {
            float x = a[i];
            float n = (x * LOG4_E + INTEGER) - INTEGER;
            float r = (x - n * LN4_HIGH) - (n * LN4_LOW - b[i]);
            rest[i] = r * (1 + r * (C2 + r * (C3 + r * (C4 + r * (C5 + r * (C6 + r * (C7 + r * (C8 + r * C9))))))));
        }
    }
}
