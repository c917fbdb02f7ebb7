package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * Codes of one, two, four or eight bits, packed in words of 32, for one thread.
 *
 * <p>Elements go in pieces of {@value #PIECE}. A piece of n elements has w words, ⌈n bits / 32⌉, and the k-th code of its word j
 * belongs to element k w + j: so what is shifted alike is a run of neighbours, and the loops, each from index 0 of its arrays,
 * become vector instructions.
 *
 * <p>On the way a code c is the float 2²³ + c, whose lowest bits are c: what an integer of the JVM and a float have in common.
 */
final class CodeWords {
    static final int PIECE = 2048;

    /** Of loops over elements: a multiple of the piece, so that words do not depend on the number of threads. */
    static final long GRAIN = 16L * PIECE;

    /** Between it and its double floats are integers. */
    static final float WHOLE = 0x1p23f;

    private static final int WHOLE_BITS = 0x4B000000;

    private final int bits;
    private final int mask;
    private final int[] codes;
    private final int[] words;
    private final IntBuffer ints;
    private final FloatBuffer floats;

    CodeWords(int bits) {
        this.bits = bits;
        mask = (1 << bits) - 1;
        words = new int[words(PIECE, bits)];
        codes = new int[words.length];
        ByteBuffer exchange = ByteBuffer.allocate(PIECE * Float.BYTES).order(ByteOrder.nativeOrder());
        ints = exchange.asIntBuffer();
        floats = exchange.asFloatBuffer();
    }

    /** How many words hold a run of elements that begins with a piece. */
    static int words(int elements, int bits) {
        return Math.toIntExact(words((long) elements, bits));
    }

    /** How many words hold the elements of a tensor. */
    static long words(long elements, int bits) {
        int each = Integer.SIZE / bits;
        return elements / each + (elements % each == 0 ? 0 : 1);
    }

    /** The codes of the piece, each as the float 2²³ + c: to be written before {@link #pack}, and read after {@link #unpack}. */
    FloatBuffer floats() {
        return floats;
    }

    /** The codes of the piece as integers; bits above the code are ignored. */
    IntBuffer ints() {
        return ints;
    }

    /** Writes the words of a piece. */
    void pack(IntBuffer target, int at, int count) {
        int all = words(count, bits);
        Arrays.fill(words, 0, all, 0);
        for (int first = 0, shift = 0; first < count; first += all, shift += bits) {
            int here = Math.min(all, count - first);
            ints.get(first, codes, 0, here);
            merge(codes, words, here, mask, shift);
        }
        target.put(at, words, 0, all);
    }

    private static void merge(int[] codes, int[] words, int count, int mask, int shift) {
        for (int i = 0; i < count; i++) {
            words[i] |= (codes[i] & mask) << shift;
        }
    }

    /** Reads the words of a piece. */
    void unpack(IntBuffer source, int at, int count) {
        int all = words(count, bits);
        source.get(at, words, 0, all);
        for (int first = 0, shift = 0; first < count; first += all, shift += bits) {
            int here = Math.min(all, count - first);
            split(words, codes, here, mask, shift);
            ints.put(first, codes, 0, here);
        }
    }

    private static void split(int[] words, int[] codes, int count, int mask, int shift) {
        for (int i = 0; i < count; i++) {
            codes[i] = ((words[i] >>> shift) & mask) | WHOLE_BITS;
        }
    }
}
