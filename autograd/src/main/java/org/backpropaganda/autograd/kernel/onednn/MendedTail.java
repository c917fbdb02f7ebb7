package org.backpropaganda.autograd.kernel.onednn;

import java.nio.FloatBuffer;
import java.util.function.DoubleUnaryOperator;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Computes again what oneDNN 3.11 gets wrong of functions that are made of exp, and else right to 6 ulp (with AVX2 or newer):
 * below −87 their results are 0, some of them normal numbers, and exp(NaN) is infinite. Such elements are rare, and looking
 * for them costs less than a loop of our own over all.
 */
final class MendedTail {
    /** Where oneDNN is right from on. */
    private static final float RIGHT = -86;

    /** Where all these functions have become 0. */
    private static final float NOTHING = -115;

    private static final int PIECE = 1024;
    private static final int LANES = PIECE / 4;
    private static final int NARROW = LANES / 4;
    private static final long GRAIN = 1 << 16;

    private MendedTail() {}

    /**
     * Overwrites some of {@code y = f(x)}, among {@code elements} from {@code first} on.
     *
     * @param x not in the bytes of y. Not modified
     */
    static void mend(DoubleUnaryOperator f, Tensor x, Tensor y, long first, long elements) {
        x.engine().parallel(elements, GRAIN, (from, to) -> {
            int all = (int) (to - from);
            long byteOffset = (first + from) * Float.BYTES;
            FloatBuffer source = x.buffer(byteOffset, all * Float.BYTES).asFloatBuffer();
            FloatBuffer target = y.buffer(byteOffset, all * Float.BYTES).asFloatBuffer();
            float[] piece = new float[Math.min(PIECE, all)];
            float[] lanes = new float[LANES];
            for (int at = 0; at < all; at += PIECE) {
                int count = Math.min(PIECE, all - at);
                source.get(at, piece, 0, count);
                if (count < PIECE || !(least(piece, lanes) >= RIGHT)) {
                    mend(f, piece, count, target, at);
                }
            }
        });
    }

    /** The least of a whole piece; NaN if one is. */
    private static float least(float[] piece, float[] lanes) {
        for (int i = 0; i < LANES; i++) {
            lanes[i] = Math.min(piece[i], piece[i + LANES]);
        }
        for (int i = 0; i < LANES; i++) {
            lanes[i] = Math.min(lanes[i], Math.min(piece[i + 2 * LANES], piece[i + 3 * LANES]));
        }
        for (int i = 0; i < NARROW; i++) {
            lanes[i] = Math.min(lanes[i], lanes[i + NARROW]);
        }
        for (int i = 0; i < NARROW; i++) {
            lanes[i] = Math.min(lanes[i], Math.min(lanes[i + 2 * NARROW], lanes[i + 3 * NARROW]));
        }
        float least = Float.POSITIVE_INFINITY;
        for (int i = 0; i < NARROW; i++) {
            least = Math.min(least, lanes[i]);
        }
        return least;
    }

    private static void mend(DoubleUnaryOperator f, float[] x, int count, FloatBuffer y, int at) {
        for (int i = 0; i < count; i++) {
            if (!(x[i] >= RIGHT)) {
                y.put(at + i, x[i] < NOTHING ? 0 : (float) f.applyAsDouble(x[i]));
            }
        }
    }
}
