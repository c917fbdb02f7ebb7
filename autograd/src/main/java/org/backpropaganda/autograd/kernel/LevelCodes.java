package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Two bits an element: between which of three thresholds it lies. What comes back is one value for each of the four intervals.
 * NaN counts as beyond the last threshold, or as below the first if its sign is set.
 */
@Internal
public final class LevelCodes {
    /** Bits of a code. */
    public static final int BITS = 2;

    private static final int PIECE = CodeWords.PIECE;

    private LevelCodes() {}

    /** How many words of 32 bits the codes take: 16 of them a word, the last word filled up. */
    public static long words(long elements) {
        return CodeWords.words(elements, BITS);
    }

    /**
     * Makes codes.
     *
     * @param x {@code FLOAT}, or {@code DOUBLE}, which is rounded to {@code FLOAT} first. Not modified
     * @param thresholds three, ascending; an element that equals one lies below it
     * @param codes {@code INT}, as many as {@link #words}. Modified
     */
    public static void pack(Tensor x, float[] thresholds, Tensor codes) {
        boolean isFloat = Precision.isSingle("level codes", x);
        int width = isFloat ? Float.BYTES : Double.BYTES;
        int first = ordered(thresholds[0]);
        int second = ordered(thresholds[1]);
        int third = ordered(thresholds[2]);
        codes.engine().parallel(x.elements(), CodeWords.GRAIN, (from, to) -> {
            int all = (int) (to - from);
            ByteBuffer source = x.buffer(from * width, all * width);
            IntBuffer target = words(codes, from, all);
            CodeWords words = new CodeWords(BITS);
            int[] bits = new int[PIECE];
            int[] keys = new int[PIECE];
            for (int at = 0; at < all; at += PIECE) {
                int piece = Math.min(PIECE, all - at);
                read(source, isFloat, at, bits, piece);
                classify(bits, keys, piece, first, second, third);
                words.ints().put(0, bits, 0, piece);
                words.pack(target, CodeWords.words(at, BITS), piece);
            }
        });
    }

    private static IntBuffer words(Tensor codes, long from, int all) {
        return codes.buffer(CodeWords.words(from, BITS) * Integer.BYTES, CodeWords.words(all, BITS) * Integer.BYTES)
                .asIntBuffer();
    }

    private static void read(ByteBuffer source, boolean isFloat, int at, int[] bits, int count) {
        if (isFloat) {
            source.asIntBuffer().get(at, bits, 0, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            bits[i] = Float.floatToRawIntBits((float) source.getDouble((at + i) * Double.BYTES));
        }
    }

    /** An integer in the order of the floats; −0 is just below 0. */
    private static int ordered(float value) {
        int bits = Float.floatToRawIntBits(value);
        return bits ^ ((bits >> 31) & 0x7FFFFFFF);
    }

    /** In loops so short that each becomes vector instructions. */
    private static void classify(int[] bits, int[] keys, int count, int first, int second, int third) {
        for (int i = 0; i < count; i++) {
            keys[i] = bits[i] ^ ((bits[i] >> 31) & 0x7FFFFFFF);
            bits[i] = 0;
        }
        count(keys, bits, count, first);
        count(keys, bits, count, second);
        count(keys, bits, count, third);
    }

    private static void count(int[] keys, int[] codes, int count, int threshold) {
        for (int i = 0; i < count; i++) {
            codes[i] += isLess(threshold, keys[i]);
        }
    }

    /** 1 where a &lt; b, without a branch. Source: Warren 2012, "Hacker's Delight", § 2–12. */
    private static int isLess(int a, int b) {
        int difference = a - b;
        return (difference ^ ((a ^ b) & (difference ^ a))) >>> 31;
    }

    /**
     * Brings a value back for each element.
     *
     * @param codes from {@link #pack}. Not modified
     * @param values four, in the order of the intervals
     * @param out {@code FLOAT} or {@code DOUBLE}. Modified
     */
    public static void unpack(Tensor codes, float[] values, Tensor out) {
        float[] levels = values.clone();
        out.engine().parallel(out.elements(), CodeWords.GRAIN, (from, to) -> {
            int all = (int) (to - from);
            Singles target = Singles.of("level codes", out, from, all);
            IntBuffer source = words(codes, from, all);
            CodeWords words = new CodeWords(BITS);
            FloatBuffer floats = words.floats();
            float[] piece = new float[PIECE];
            for (int at = 0; at < all; at += PIECE) {
                int count = Math.min(PIECE, all - at);
                words.unpack(source, CodeWords.words(at, BITS), count);
                floats.get(0, piece, 0, count);
                for (int i = 0; i < count; i++) {
                    piece[i] = levels[(int) (piece[i] - CodeWords.WHOLE)];
                }
                target.put(at, piece, count);
            }
        });
    }
}
