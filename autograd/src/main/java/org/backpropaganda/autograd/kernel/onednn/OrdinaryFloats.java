package org.backpropaganda.autograd.kernel.onednn;

import java.nio.IntBuffer;
import org.backpropaganda.autograd.tensor.Tensor;

/** Tells a tensor of ordinary numbers from one that has NaN, an infinity, or a number next to one. One pass over memory. */
final class OrdinaryFloats {
    private static final int PIECE = 512;
    private static final long GRAIN = 1 << 16;

    /** The exponent, which is all ones in NaN and infinities. */
    private static final int EXPONENT = 0x7F800000;

    /** Added to an exponent of 2¹²⁷ or more, this sets the sign. */
    private static final int TO_SIGN = 0x01000000;

    private OrdinaryFloats() {}

    /**
     * Whether all elements are below 2¹²⁷ in magnitude.
     *
     * @param x {@code FLOAT}. Not modified
     */
    static boolean areAllOf(Tensor x) {
        boolean[] met = new boolean[1];
        x.engine().parallel(x.elements(), GRAIN, (from, to) -> {
            if (meetsOther(x.buffer(from * Float.BYTES, (int) (to - from) * Float.BYTES)
                    .asIntBuffer())) {
                met[0] = true;
            }
        });
        return !met[0];
    }

    /** Each lane of a piece gathers its signs, so that the loop becomes vector instructions. */
    private static boolean meetsOther(IntBuffer bits) {
        int[] piece = new int[Math.min(PIECE, bits.remaining())];
        int[] signs = new int[piece.length];
        while (bits.hasRemaining()) {
            int count = Math.min(piece.length, bits.remaining());
            bits.get(piece, 0, count);
            for (int i = 0; i < count; i++) {
                signs[i] |= (piece[i] & EXPONENT) + TO_SIGN;
            }
        }
        int any = 0;
        for (int sign : signs) {
            any |= sign;
        }
        return any < 0;
    }
}
