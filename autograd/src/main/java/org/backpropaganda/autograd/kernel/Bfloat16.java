package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Elements as bfloat16, the upper half of a float's bits, rounded to the nearest and to even between two: a relative error of
 * at most 2⁻⁹ (2⁻¹³⁴ absolute below the normal floats). NaN stays NaN, and ±∞ and signs of zeros stay; what lies beyond the
 * largest bfloat16 by half its last place or more becomes ∞.
 *
 * <p>Two elements share a word of 32 bits. They go in pieces of {@value #PIECE}: of a piece with w words, word j holds element
 * j in its lower half and element w + j in its upper.
 */
@Internal
public final class Bfloat16 {
    private static final int PIECE = 2048;
    private static final long GRAIN = 16L * PIECE;

    private Bfloat16() {}

    /** How many words of 32 bits the elements take. */
    public static long words(long elements) {
        return elements / 2 + elements % 2;
    }

    /**
     * Rounds.
     *
     * @param x {@code FLOAT}, or {@code DOUBLE}, which is rounded once. Not modified
     * @param halves {@code INT}, as many as {@link #words}. Modified
     */
    public static void pack(Tensor x, Tensor halves) {
        boolean isFloat = Precision.isSingle("bfloat16", x);
        int width = isFloat ? Float.BYTES : Double.BYTES;
        halves.engine().parallel(x.elements(), GRAIN, (from, to) -> {
            int all = (int) (to - from);
            ByteBuffer source = x.buffer(from * width, all * width);
            IntBuffer target = words(halves, from, all);
            int[] lower = new int[PIECE / 2];
            int[] upper = new int[PIECE / 2];
            for (int at = 0; at < all; at += PIECE) {
                int piece = Math.min(PIECE, all - at);
                int words = (int) words(piece);
                read(source, isFloat, at, lower, words);
                read(source, isFloat, at + words, upper, piece - words);
                round(lower, words);
                round(upper, piece - words);
                for (int i = 0; i < words; i++) {
                    lower[i] = lower[i] >>> 16;
                }
                join(lower, upper, piece - words);
                target.put(at / 2, lower, 0, words);
            }
        });
    }

    private static IntBuffer words(Tensor halves, long from, int all) {
        return halves.buffer(from / 2 * Integer.BYTES, (int) words(all) * Integer.BYTES)
                .asIntBuffer();
    }

    private static void read(ByteBuffer source, boolean isFloat, int at, int[] bits, int count) {
        if (isFloat) {
            source.asIntBuffer().get(at, bits, 0, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            bits[i] = Float.floatToRawIntBits(odd(source.getDouble((at + i) * Double.BYTES)));
        }
    }

    /** The float nearest to a double, but of the two next to it the odd one: rounded again, it gives what rounding once would. */
    private static float odd(double value) {
        float near = (float) value;
        if (near == value || Double.isNaN(value) || (Float.floatToRawIntBits(near) & 1) != 0) {
            return near;
        }
        return near < value ? Math.nextUp(near) : Math.nextDown(near);
    }

    /** To the upper half; the lower is of no meaning then. */
    private static void round(int[] bits, int count) {
        for (int i = 0; i < count; i++) {
            int value = bits[i];
            int nan = (0x7F800000 - (value & 0x7FFFFFFF)) >> 31;
            int rounded = value + 0x7FFF + ((value >>> 16) & 1);
            bits[i] = (rounded & ~nan) | ((value | 0x400000) & nan);
        }
    }

    private static void join(int[] lower, int[] upper, int count) {
        for (int i = 0; i < count; i++) {
            lower[i] |= upper[i] & 0xFFFF0000;
        }
    }

    /**
     * Brings the elements back.
     *
     * @param halves from {@link #pack}. Not modified
     * @param out {@code FLOAT} or {@code DOUBLE}. Modified
     */
    public static void unpack(Tensor halves, Tensor out) {
        boolean isFloat = Precision.isSingle("bfloat16", out);
        int width = isFloat ? Float.BYTES : Double.BYTES;
        out.engine().parallel(out.elements(), GRAIN, (from, to) -> {
            int all = (int) (to - from);
            IntBuffer source = words(halves, from, all);
            ByteBuffer target = out.buffer(from * width, all * width);
            int[] words = new int[PIECE / 2];
            int[] bits = new int[PIECE / 2];
            for (int at = 0; at < all; at += PIECE) {
                int piece = Math.min(PIECE, all - at);
                int count = (int) words(piece);
                source.get(at / 2, words, 0, count);
                for (int i = 0; i < count; i++) {
                    bits[i] = words[i] << 16;
                }
                write(target, isFloat, at, bits, count);
                for (int i = 0; i < count; i++) {
                    bits[i] = words[i] & 0xFFFF0000;
                }
                write(target, isFloat, at + count, bits, piece - count);
            }
        });
    }

    private static void write(ByteBuffer target, boolean isFloat, int at, int[] bits, int count) {
        if (isFloat) {
            target.asIntBuffer().put(at, bits, 0, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            target.putDouble((at + i) * Double.BYTES, Float.intBitsToFloat(bits[i]));
        }
    }
}
