package org.backpropaganda.autograd.kernel;

import java.util.Arrays;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;

/** One bit an element: whether it is positive. Bit {@code i & 7} of byte {@code i >> 3} belongs to element i. */
public final class SignBits {
    private static final int PIECE = 4096;
    private static final long GRAIN = 8L * PIECE;

    /** The factors of eight elements, for each of the 256 values of their byte. */
    private static final int FACTORS = 256 * 8;

    private SignBits() {}

    /**
     * Notes which elements are positive.
     *
     * @param x {@code FLOAT} or {@code DOUBLE}. Not modified
     * @param bits {@code BIT}, of as many elements. Modified
     */
    public static void pack(Tensor x, Tensor bits) {
        boolean isFloat = x.dtype() == DType.FLOAT;
        x.engine().parallel(x.elements(), GRAIN, (from, to) -> {
            int[] ints = new int[isFloat ? PIECE : 0];
            long[] longs = new long[isFloat ? 0 : PIECE];
            byte[] packed = new byte[PIECE / 8];
            for (long at = from; at < to; at += PIECE) {
                int count = (int) Math.min(PIECE, to - at);
                int bytes = (count + 7) / 8;
                if (isFloat) {
                    x.buffer(4 * at, 4 * count).asIntBuffer().get(ints, 0, count);
                    Arrays.fill(ints, count, 8 * bytes, 0);
                    pack(ints, bytes, packed);
                } else {
                    x.buffer(8 * at, 8 * count).asLongBuffer().get(longs, 0, count);
                    Arrays.fill(longs, count, 8 * bytes, 0);
                    pack(longs, bytes, packed);
                }
                bits.buffer(at / 8, bytes).put(packed, 0, bytes);
            }
        });
    }

    private static void pack(int[] x, int bytes, byte[] packed) {
        for (int i = 0; i < bytes; i++) {
            int b = 8 * i;
            packed[i] = (byte) (positive(x[b])
                    | positive(x[b + 1]) << 1
                    | positive(x[b + 2]) << 2
                    | positive(x[b + 3]) << 3
                    | positive(x[b + 4]) << 4
                    | positive(x[b + 5]) << 5
                    | positive(x[b + 6]) << 6
                    | positive(x[b + 7]) << 7);
        }
    }

    private static void pack(long[] x, int bytes, byte[] packed) {
        for (int i = 0; i < bytes; i++) {
            int bits = 0;
            for (int j = 0; j < 8; j++) {
                long value = x[8 * i + j];
                bits |= (int) ((-value & ~value & (value - 0x7FF0000000000001L)) >>> 63) << j;
            }
            packed[i] = (byte) bits;
        }
    }

    /** 1 where the float with these bits is above zero, which zeros and NaN are not. Without a branch. */
    private static int positive(int floatBits) {
        return (-floatBits & ~floatBits & (floatBits - 0x7F800001)) >>> 31;
    }

    /**
     * {@code out = dy} where the bit is set, {@code slope dy} elsewhere; out may be dy itself.
     *
     * @param bits as from {@link #pack}. Not modified
     */
    public static void select(Tensor dy, Tensor bits, double slope, Tensor out) {
        boolean isFloat = dy.dtype() == DType.FLOAT;
        float[] floatFactors = new float[isFloat ? FACTORS : 0];
        double[] doubleFactors = new double[isFloat ? 0 : FACTORS];
        for (int i = 0; i < FACTORS; i++) {
            boolean set = (i >> 3 >> (i & 7) & 1) != 0;
            if (isFloat) {
                floatFactors[i] = set ? 1f : (float) slope;
            } else {
                doubleFactors[i] = set ? 1 : slope;
            }
        }
        dy.engine().parallel(dy.elements(), GRAIN, (from, to) -> {
            byte[] packed = new byte[PIECE / 8];
            float[] floats = new float[isFloat ? PIECE : 0];
            double[] doubles = new double[isFloat ? 0 : PIECE];
            for (long at = from; at < to; at += PIECE) {
                int count = (int) Math.min(PIECE, to - at);
                int bytes = (count + 7) / 8;
                bits.buffer(at / 8, bytes).get(packed, 0, bytes);
                if (isFloat) {
                    dy.buffer(4 * at, 4 * count).asFloatBuffer().get(floats, 0, count);
                    multiply(floats, packed, bytes, floatFactors);
                    out.buffer(4 * at, 4 * count).asFloatBuffer().put(floats, 0, count);
                } else {
                    dy.buffer(8 * at, 8 * count).asDoubleBuffer().get(doubles, 0, count);
                    multiply(doubles, packed, bytes, doubleFactors);
                    out.buffer(8 * at, 8 * count).asDoubleBuffer().put(doubles, 0, count);
                }
            }
        });
    }

    private static void multiply(float[] values, byte[] packed, int bytes, float[] factors) {
        for (int i = 0; i < bytes; i++) {
            int b = 8 * i;
            int f = (packed[i] & 0xFF) << 3;
            values[b] *= factors[f];
            values[b + 1] *= factors[f + 1];
            values[b + 2] *= factors[f + 2];
            values[b + 3] *= factors[f + 3];
            values[b + 4] *= factors[f + 4];
            values[b + 5] *= factors[f + 5];
            values[b + 6] *= factors[f + 6];
            values[b + 7] *= factors[f + 7];
        }
    }

    private static void multiply(double[] values, byte[] packed, int bytes, double[] factors) {
        for (int i = 0; i < bytes; i++) {
            for (int j = 0; j < 8; j++) {
                values[8 * i + j] *= factors[((packed[i] & 0xFF) << 3) + j];
            }
        }
    }
}
