package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Natural logarithms of pieces of floats.
 *
 * <pre>
 * log(x) = e log 2 + log(1 + f), x = 2^e (1 + f), √½ ≤ 1 + f &lt; √2
 * log(1 + f) = f − f²/2 + s (f²/2 + R(s²)), s = f / (2 + f), R(z) = 2z/3 + 2z²/5 + …
 * </pre>
 *
 * Near 1, where the result is small, e is 0 and f exact, so the error is relative. Source of the second line: Ng 1993, in the
 * comments of FreeBSD's {@code e_log.c}; the terms of R are those of the series of {@code atanh}.
 */
final class FloatLogarithm {
    private static final int ROOT_HALF_BITS = Float.floatToRawIntBits((float) Math.sqrt(0.5));
    private static final int MANTISSA = 0x7FFFFF;
    private static final int MANTISSA_BITS = 23;
    private static final float INTEGER = 0x1.8p23f;
    private static final int INTEGER_BITS = Float.floatToRawIntBits(INTEGER);
    private static final float LN2_HIGH = 0x1.62e4p-1f;
    private static final float LN2_LOW = (float) (Math.log(2) - LN2_HIGH);
    private static final float C1 = 2f / 3;
    private static final float C2 = 2f / 5;
    private static final float C3 = 2f / 7;
    private static final float C4 = 2f / 9;
    private static final float C5 = 2f / 11;

    private final int[] bits;
    private final int[] exponents;
    private final float[] mantissas;
    private final float[] powers;
    private final FloatBuffer floats;
    private final IntBuffer ints;

    /** For pieces of up to {@code size} elements. */
    FloatLogarithm(int size) {
        bits = new int[size];
        exponents = new int[size];
        mantissas = new float[size];
        powers = new float[size];
        ByteBuffer exchange = ByteBuffer.allocate(size * Float.BYTES).order(ByteOrder.nativeOrder());
        floats = exchange.asFloatBuffer();
        ints = exchange.asIntBuffer();
    }

    /** {@code y = log(x)}; y may be x. */
    void of(float[] x, float[] y, int count) {
        floats.put(0, x, 0, count);
        ints.get(0, bits, 0, count);
        for (int i = 0; i < count; i++) {
            exponents[i] = ((bits[i] - ROOT_HALF_BITS) >> MANTISSA_BITS) + INTEGER_BITS;
        }
        for (int i = 0; i < count; i++) {
            bits[i] = ((bits[i] - ROOT_HALF_BITS) & MANTISSA) + ROOT_HALF_BITS;
        }
        ints.put(0, bits, 0, count);
        floats.get(0, mantissas, 0, count);
        ints.put(0, exponents, 0, count);
        floats.get(0, powers, 0, count);
        for (int i = 0; i < count; i++) {
            float f = mantissas[i] - 1;
            float e = powers[i] - INTEGER;
            float s = f / (2 + f);
            float z = s * s;
            float half = f * f * 0.5f;
            float series = z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * C5))));
            mantissas[i] = e * LN2_HIGH - ((half - (s * (half + series) + e * LN2_LOW)) - f);
        }
        for (int i = 0; i < count; i++) {
            boolean ordinary = x[i] >= Float.MIN_NORMAL && x[i] <= Float.MAX_VALUE;
            y[i] = ordinary ? mantissas[i] : (float) Math.log(x[i]);
        }
    }
}
