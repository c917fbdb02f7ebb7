package org.backpropaganda.autograd.kernel;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Elements as codes of a few bits between the least and the largest of their group of {@value #GROUP}, rounded up or down at
 * random, so that the expectation is the element:
 *
 * <pre>
 * step = (max − min) / (2^bits − 1), rounded so that no element lies beyond the last code
 * code = ⌊(x − min) / step + u⌋, u uniform in (0, 1)
 * x̂    = min + code step
 * </pre>
 *
 * The variance is f (1 − f) step², f the fraction that is rounded, at most step²/4. What lies on a code comes back as it was,
 * and so does a group of equal elements. A group with an element that is not finite comes back as NaN altogether, so that it is
 * noticed. Noise is a function of the key and the element's number, so that codes do not depend on the number of threads.
 *
 * <p>Elements of {@code DOUBLE} are rounded to {@code FLOAT} first, and have the codes of those.
 *
 * <p>Source: Chen et al. 2021, "ActNN: Reducing Training Memory Footprint via 2-Bit Activation Compressed Training", § 3.2 and
 * 4. Deviations: no guard is added to the range, and codes are made with min and step as they are stored, without which the
 * expectation is another.
 */
@Internal
public final class GroupCodes {
    /** Elements that share a range. */
    public static final int GROUP = 256;

    /** Numbers of a group that are kept: its least element and its step. */
    public static final int PARAMETERS = 2;

    private GroupCodes() {}

    /** How many words of 32 bits the codes take: 32 / bits of them a word, the last word filled up. */
    public static long words(long elements, int bits) {
        return CodeWords.words(elements, bits);
    }

    /** How many groups there are; the last may be short. */
    public static long groups(long elements) {
        return elements / GROUP + (elements % GROUP == 0 ? 0 : 1);
    }

    /**
     * Makes codes.
     *
     * @param x {@code FLOAT} or {@code DOUBLE}. Not modified
     * @param bits a code: 1, 2, 4 or 8
     * @param key of the noise
     * @param codes {@code INT}, as many as {@link #words}. Modified
     * @param ranges {@code FLOAT}, {@value #PARAMETERS} for each of the {@link #groups}. Modified
     */
    public static void pack(Tensor x, int bits, long key, Tensor codes, Tensor ranges) {
        codes.engine().parallel(x.elements(), CodeWords.GRAIN, (from, to) -> {
            int all = (int) (to - from);
            Singles source = Singles.of("group codes", x, from, all);
            IntBuffer target = words(codes, from, all, bits);
            FloatBuffer parameters = parameters(ranges, from, all);
            CodeWords words = new CodeWords(bits);
            GroupQuantizer quantizer = new GroupQuantizer(bits, key);
            for (int at = 0; at < all; at += CodeWords.PIECE) {
                int piece = Math.min(CodeWords.PIECE, all - at);
                for (int first = 0; first < piece; first += GROUP) {
                    int count = Math.min(GROUP, piece - first);
                    source.get(at + first, quantizer.elements(), count);
                    quantizer.scale(first, count, parameters, (at + first) / GROUP);
                }
                quantizer.round((from + at) / CodeWords.PIECE, piece);
                words.floats().put(0, quantizer.codes(), 0, piece);
                words.pack(target, CodeWords.words(at, bits), piece);
            }
        });
    }

    /**
     * Brings the elements back.
     *
     * @param bits a code
     * @param codes from {@link #pack}. Not modified
     * @param ranges from {@link #pack}. Not modified
     * @param out {@code FLOAT} or {@code DOUBLE}. Modified
     */
    public static void unpack(int bits, Tensor codes, Tensor ranges, Tensor out) {
        out.engine().parallel(out.elements(), CodeWords.GRAIN, (from, to) -> {
            int all = (int) (to - from);
            Singles target = Singles.of("group codes", out, from, all);
            IntBuffer source = words(codes, from, all, bits);
            FloatBuffer parameters = parameters(ranges, from, all);
            CodeWords words = new CodeWords(bits);
            float[] elements = new float[GROUP];
            for (int at = 0; at < all; at += CodeWords.PIECE) {
                int piece = Math.min(CodeWords.PIECE, all - at);
                words.unpack(source, CodeWords.words(at, bits), piece);
                for (int first = 0; first < piece; first += GROUP) {
                    int count = Math.min(GROUP, piece - first);
                    int group = (at + first) / GROUP * PARAMETERS;
                    words.floats().get(first, elements, 0, count);
                    GroupQuantizer.restore(elements, count, parameters.get(group), parameters.get(group + 1));
                    target.put(at + first, elements, count);
                }
            }
        });
    }

    private static IntBuffer words(Tensor codes, long from, int all, int bits) {
        return codes.buffer(CodeWords.words(from, bits) * Integer.BYTES, CodeWords.words(all, bits) * Integer.BYTES)
                .asIntBuffer();
    }

    private static FloatBuffer parameters(Tensor ranges, long from, int all) {
        int bytes = PARAMETERS * Float.BYTES;
        return ranges.buffer(from / GROUP * bytes, (int) groups(all) * bytes).asFloatBuffer();
    }
}
