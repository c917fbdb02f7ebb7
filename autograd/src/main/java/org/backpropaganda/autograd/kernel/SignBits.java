package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One bit an element: whether it is positive.
 *
 * <p>Elements go in pieces of {@value #PIECE}. A piece of n elements has ⌈n/8⌉ bytes, and bit k of its byte j belongs to
 * element k · ⌈n/8⌉ + j: so a plane of equal bits is a run of neighbours, and the loops over planes, each from index 0 of
 * its arrays, become vector instructions.
 */
@Internal
public final class SignBits {
    private static final int PIECE = 8192;
    private static final int PLANES = 8;
    static final int LANES = PIECE / PLANES;
    private static final long GRAIN = 4L * PIECE;

    private SignBits() {}

    /**
     * Notes which elements are positive; zeros and NaN are not.
     *
     * @param x {@code FLOAT}, {@code DOUBLE}, or {@code INT} with elements below 2³⁰. Not modified
     * @param bits {@code BIT}, of as many elements. Modified
     */
    public static void pack(Tensor x, Tensor bits) {
        // A positive int below 2^30 has the bits of a positive float.
        boolean isFloat = x.dtype() == DType.INT || Precision.isSingle("signs", x);
        int width = isFloat ? Float.BYTES : Double.BYTES;
        x.engine().parallel(x.elements(), GRAIN, (from, to) -> {
            int all = (int) (to - from);
            ByteBuffer source = x.buffer(from * width, all * width);
            ByteBuffer target = bits.buffer(from / PLANES, bytes(all));
            int[] ints = new int[isFloat ? LANES : 0];
            long[] longs = new long[isFloat ? 0 : LANES];
            int[] lanes = new int[LANES];
            byte[] packed = new byte[LANES];
            for (int at = 0; at < all; at += PIECE) {
                int piece = Math.min(PIECE, all - at);
                int bytes = bytes(piece);
                Arrays.fill(lanes, 0, bytes, 0);
                for (int plane = 0; plane < PLANES && plane * bytes < piece; plane++) {
                    int first = plane * bytes;
                    int count = Math.min(bytes, piece - first);
                    if (isFloat) {
                        source.asIntBuffer().get(at + first, ints, 0, count);
                        pack(ints, count, plane, lanes);
                    } else {
                        source.asLongBuffer().get(at + first, longs, 0, count);
                        pack(longs, count, plane, lanes);
                    }
                }
                for (int i = 0; i < bytes; i++) {
                    packed[i] = (byte) lanes[i];
                }
                target.put(at / PLANES, packed, 0, bytes);
            }
        });
    }

    private static int bytes(int elements) {
        return (elements + PLANES - 1) / PLANES;
    }

    private static void pack(int[] x, int count, int plane, int[] lanes) {
        for (int i = 0; i < count; i++) {
            int value = x[i];
            lanes[i] |= ((-value & ~value & (value - 0x7F800001)) >>> 31) << plane;
        }
    }

    private static void pack(long[] x, int count, int plane, int[] lanes) {
        for (int i = 0; i < count; i++) {
            long value = x[i];
            lanes[i] |= (int) ((-value & ~value & (value - 0x7FF0000000000001L)) >>> 63) << plane;
        }
    }

    /**
     * {@code out = dy} where the bit is set, {@code slope dy} elsewhere; out may be dy itself.
     *
     * @param bits one for each element, in the order of {@link #pack}. Not modified
     */
    public static void select(Tensor dy, Tensor bits, double slope, Tensor out) {
        select(dy, slope == 0 ? null : dy, slope, bits, out);
    }

    /**
     * {@code out = a} where the bit is set, {@code b} elsewhere; out may be one of them.
     *
     * @param a none stands for zeros. Not modified
     * @param b none stands for zeros. Not modified
     * @param bits one for each element, in the order of {@link #pack}. Not modified
     */
    public static void choose(@Nullable Tensor a, @Nullable Tensor b, Tensor bits, Tensor out) {
        select(a, b, 1, bits, out);
    }

    private static void select(@Nullable Tensor a, @Nullable Tensor b, double slope, Tensor bits, Tensor out) {
        boolean isFloat = Precision.isSingle("signs", out);
        int width = isFloat ? Float.BYTES : Double.BYTES;
        out.engine().parallel(out.elements(), GRAIN, (from, to) -> {
            int all = (int) (to - from);
            ByteBuffer set = a == null ? null : a.buffer(from * width, all * width);
            ByteBuffer unset = b == null ? null : b.buffer(from * width, all * width);
            ByteBuffer target = out.buffer(from * width, all * width);
            ByteBuffer signs = bits.buffer(from / PLANES, bytes(all));
            byte[] packed = new byte[LANES];
            int[] lanes = new int[LANES];
            BitPlane work = isFloat ? new BitPlane.OfFloats((float) slope) : new BitPlane.OfDoubles(slope);
            for (int at = 0; at < all; at += PIECE) {
                int piece = Math.min(PIECE, all - at);
                int bytes = bytes(piece);
                signs.get(at / PLANES, packed, 0, bytes);
                for (int i = 0; i < bytes; i++) {
                    lanes[i] = packed[i];
                }
                for (int plane = 0; plane < PLANES && plane * bytes < piece; plane++) {
                    int first = plane * bytes;
                    int count = Math.min(bytes, piece - first);
                    work.select(set, unset, target, at + first, count, lanes, plane);
                }
            }
        });
    }
}
