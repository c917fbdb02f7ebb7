package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;

/** One bit an element: whether it is positive. Bit {@code i & 7} of byte {@code i >> 3} belongs to element i. */
public final class SignBits {
    private static final int PIECE = 4096;
    private static final long GRAIN = 8L * PIECE;

    private SignBits() {}

    /**
     * Notes which elements are positive.
     *
     * @param x {@code FLOAT} or {@code DOUBLE}. Not modified
     * @param bits {@code BIT}, of as many elements. Modified
     */
    public static void pack(Tensor x, Tensor bits) {
        x.engine().parallel(x.elements(), GRAIN, (from, to) -> {
            boolean[] positive = new boolean[PIECE];
            byte[] packed = new byte[PIECE / 8];
            Reader reader = new Reader(x.dtype());
            for (long at = from; at < to; at += PIECE) {
                int count = (int) Math.min(PIECE, to - at);
                reader.positive(x, at, count, positive);
                int bytes = (count + 7) / 8;
                for (int i = 0; i < bytes; i++) {
                    int b = 8 * i;
                    packed[i] = (byte) ((positive[b] ? 1 : 0)
                            | (positive[b + 1] ? 2 : 0)
                            | (positive[b + 2] ? 4 : 0)
                            | (positive[b + 3] ? 8 : 0)
                            | (positive[b + 4] ? 16 : 0)
                            | (positive[b + 5] ? 32 : 0)
                            | (positive[b + 6] ? 64 : 0)
                            | (positive[b + 7] ? 128 : 0));
                }
                bits.buffer(at / 8, bytes).put(packed, 0, bytes);
            }
        });
    }

    /**
     * {@code out = dy} where the bit is set, {@code slope dy} elsewhere; out may be dy itself.
     *
     * @param bits as from {@link #pack}. Not modified
     */
    public static void select(Tensor dy, Tensor bits, double slope, Tensor out) {
        int size = (int) dy.dtype().bytes(1);
        dy.engine().parallel(dy.elements(), GRAIN, (from, to) -> {
            byte[] packed = new byte[PIECE / 8];
            float[] floats = new float[dy.dtype() == DType.FLOAT ? PIECE : 0];
            double[] doubles = new double[dy.dtype() == DType.DOUBLE ? PIECE : 0];
            float[] floatFactors = {(float) slope, 1f};
            double[] doubleFactors = {slope, 1};
            for (long at = from; at < to; at += PIECE) {
                int count = (int) Math.min(PIECE, to - at);
                bits.buffer(at / 8, (count + 7) / 8).get(packed, 0, (count + 7) / 8);
                ByteBuffer source = dy.buffer(at * size, count * size);
                ByteBuffer target = out.buffer(at * size, count * size);
                if (dy.dtype() == DType.FLOAT) {
                    source.asFloatBuffer().get(floats, 0, count);
                    for (int i = 0; i < count; i++) {
                        floats[i] *= floatFactors[(packed[i >> 3] >> (i & 7)) & 1];
                    }
                    target.asFloatBuffer().put(floats, 0, count);
                } else {
                    source.asDoubleBuffer().get(doubles, 0, count);
                    for (int i = 0; i < count; i++) {
                        doubles[i] *= doubleFactors[(packed[i >> 3] >> (i & 7)) & 1];
                    }
                    target.asDoubleBuffer().put(doubles, 0, count);
                }
            }
        });
    }

    private static final class Reader {
        private final float[] floats;
        private final double[] doubles;

        Reader(DType dtype) {
            floats = new float[dtype == DType.FLOAT ? PIECE : 0];
            doubles = new double[dtype == DType.FLOAT ? 0 : PIECE];
        }

        void positive(Tensor x, long at, int count, boolean[] positive) {
            int size = (int) x.dtype().bytes(1);
            ByteBuffer bytes = x.buffer(at * size, count * size);
            if (x.dtype() == DType.FLOAT) {
                FloatBuffer source = bytes.asFloatBuffer();
                source.get(floats, 0, count);
                for (int i = 0; i < count; i++) {
                    positive[i] = floats[i] > 0;
                }
            } else {
                DoubleBuffer source = bytes.asDoubleBuffer();
                source.get(doubles, 0, count);
                for (int i = 0; i < count; i++) {
                    positive[i] = doubles[i] > 0;
                }
            }
            for (int i = count; i < ((count + 7) & -8); i++) {
                positive[i] = false;
            }
        }
    }
}
