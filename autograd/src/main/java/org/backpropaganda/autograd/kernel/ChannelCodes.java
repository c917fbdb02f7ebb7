package org.backpropaganda.autograd.kernel;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Elements of normalised channels as codes of a few bits: of a channel with mean β and standard deviation |γ| over the batch, as
 * bins of equal width over six deviations around the mean, one of whose edges is 0:
 *
 * <pre>
 * width = 6 |γ| / 2^bits
 * shift = 2^bits / 2 − ⌊β / width⌋
 * code  = ⌈x / width⌉ − 1 + shift, within [0, 2^bits − 1]
 * x̂     = (code + 1/2 − shift) width
 * </pre>
 *
 * Where |β| ≤ 3 |γ| − width the sign is exact: x̂ is positive where x is. Elsewhere the bins begin at β − 3 |γ|.
 * Of rectified elements those that are 0 come back as 0. Of a channel whose γ is 0 all come back as β, or 0 where β is negative
 * and they are rectified. No pass for a range and no random number is needed. The error is not of expectation 0: within the six
 * deviations half a width at most, and outside of them all that lies beyond.
 *
 * <p>Source: Chakrabarti and Moseley 2019, "Backprop with Approximate Activations for Memory-efficient Network Training", § 3.2,
 * and the authors' code, for γ = 1. Deviations: 0 is the upper edge of its bin, where theirs lies 10⁻⁶ above it; bins follow a
 * mean beyond 3 |γ|, where theirs end at 6 |γ| and clip it. Elements of {@code DOUBLE} are rounded to {@code FLOAT} first.
 */
@Internal
public final class ChannelCodes {
    /** Numbers of a channel that are kept: its width, and what code 0 comes back as. */
    public static final int PARAMETERS = 2;

    private static final float DEVIATIONS = 6;
    /** Below it an inverse is not a float. */
    private static final float SMALLEST_WIDTH = 0x1p-126f;

    private static final float STEEP = 0x1p127f;
    private static final float ROUND = 0x1.8p23f;
    private static final float WHOLE = CodeWords.WHOLE;
    private static final int PIECE = CodeWords.PIECE;

    private ChannelCodes() {}

    /** How many words of 32 bits the codes take: 32 / bits of them a word, the last word filled up. */
    public static long words(long elements, int bits) {
        return CodeWords.words(elements, bits);
    }

    /**
     * Makes codes. Where an element is not finite all of the tensor comes back as NaN, so that it is noticed.
     *
     * @param x {@code FLOAT} or {@code DOUBLE}, [..., C]. Not modified
     * @param gamma,beta of the type of x, [C]. Not modified
     * @param bits a code: 4 or 8
     * @param codes {@code INT}, as many as {@link #words}. Modified
     * @param scales {@code FLOAT}, [2, C]: widths and what code 0 comes back as. Modified
     */
    public static void pack(Tensor x, Tensor gamma, Tensor beta, int bits, Tensor codes, Tensor scales) {
        if (!codes.hasValues()) {
            return;
        }
        Bins bins = Bins.of(gamma.toDoubles(), beta.toDoubles(), 1 << bits);
        AtomicBoolean diverged = new AtomicBoolean();
        codes.engine().parallel(x.elements(), CodeWords.GRAIN, (from, to) -> {
            int all = (int) (to - from);
            Singles source = Singles.of("channel codes", x, from, all);
            IntBuffer target = words(codes, from, all, bits);
            CodeWords words = new CodeWords(bits);
            Repeated centre = new Repeated(bins.centres);
            Repeated inverse = new Repeated(bins.inverses);
            Repeated shift = new Repeated(bins.shifts);
            float[] piece = new float[PIECE];
            float[] watch = new float[PIECE];
            for (int at = 0; at < all; at += PIECE) {
                int count = Math.min(PIECE, all - at);
                source.get(at, piece, count);
                watch(piece, watch, count);
                scale(piece, centre.from(from + at), inverse.from(from + at), count);
                quantize(piece, shift.from(from + at), count, (1 << bits) - 1);
                words.floats().put(0, piece, 0, count);
                words.pack(target, CodeWords.words(at, bits), count);
            }
            if (hasNaN(watch)) {
                diverged.set(true);
            }
        });
        int channels = bins.widths.length;
        if (diverged.get()) {
            Arrays.fill(bins.widths, Float.NaN);
        }
        scales.set(0, bins.widths, 0, channels);
        scales.set(channels, bins.origins, 0, channels);
    }

    /** The bins of each channel. */
    private static final class Bins {
        private final float[] widths;
        /** Subtracted first. */
        private final float[] centres;
        /** Of the widths; 0 where that is 0. */
        private final float[] inverses;
        /** Of the numbers of bins, so that they begin with 0. */
        private final float[] shifts;
        /** What code 0 comes back as. */
        private final float[] origins;

        private Bins(int channels) {
            widths = new float[channels];
            centres = new float[channels];
            inverses = new float[channels];
            shifts = new float[channels];
            origins = new float[channels];
        }

        static Bins of(double[] gamma, double[] beta, int bins) {
            int channels = gamma.length;
            int half = bins / 2;
            Bins all = new Bins(channels);
            for (int i = 0; i < channels; i++) {
                float width = (float) (DEVIATIONS * Math.abs(gamma[i]) / bins);
                boolean flat = width < SMALLEST_WIDTH;
                double below = Math.floor(beta[i] / width);
                boolean straddles = Math.abs(below) < half;
                all.widths[i] = flat ? 0 : width;
                all.inverses[i] = flat ? 0 : 1 / width;
                all.centres[i] = straddles ? 0 : (float) beta[i];
                all.shifts[i] = straddles ? (float) (half - below) : half;
                all.origins[i] = flat ? (float) beta[i] : (0.5f - all.shifts[i]) * width + all.centres[i];
            }
            return all;
        }
    }

    private static IntBuffer words(Tensor codes, long from, int all, int bits) {
        return codes.buffer(CodeWords.words(from, bits) * Integer.BYTES, CodeWords.words(all, bits) * Integer.BYTES)
                .asIntBuffer();
    }

    /** Becomes NaN and stays so where an element is not finite. */
    private static void watch(float[] x, float[] watch, int count) {
        for (int i = 0; i < count; i++) {
            watch[i] += 0 * x[i];
        }
    }

    private static boolean hasNaN(float[] values) {
        for (float value : values) {
            if (Float.isNaN(value)) {
                return true;
            }
        }
        return false;
    }

    /** In widths from the centre. */
    private static void scale(float[] x, float[] centre, float[] inverse, int count) {
        for (int i = 0; i < count; i++) {
            x[i] = Math.min(Math.max((x[i] - centre[i]) * inverse[i], -512f), 512f);
        }
    }

    /** {@code x = 2²³ + code}. */
    private static void quantize(float[] x, float[] shift, int count, float last) {
        for (int i = 0; i < count; i++) {
            float whole = (x[i] + ROUND) - ROUND;
            float above = Math.min(Math.max((x[i] - whole) * STEEP * STEEP, 0f), 1f);
            x[i] = Math.min(Math.max(whole + above - 1 + shift[i], 0f), last) + WHOLE;
        }
    }

    /**
     * Brings the elements back.
     *
     * @param rectified whether what is not positive comes back as 0
     * @param bits a code
     * @param codes from {@link #pack}. Not modified
     * @param scales from {@link #pack}. Not modified
     * @param out {@code FLOAT} or {@code DOUBLE}. Modified
     */
    public static void unpack(boolean rectified, int bits, Tensor codes, Tensor scales, Tensor out) {
        if (!out.hasValues()) {
            return;
        }
        double[] numbers = scales.toDoubles();
        int channels = numbers.length / PARAMETERS;
        float[] widths = new float[channels];
        float[] origins = new float[channels];
        for (int i = 0; i < channels; i++) {
            widths[i] = (float) numbers[i];
            origins[i] = (float) numbers[channels + i];
        }
        out.engine().parallel(out.elements(), CodeWords.GRAIN, (from, to) -> {
            int all = (int) (to - from);
            Singles target = Singles.of("channel codes", out, from, all);
            IntBuffer source = words(codes, from, all, bits);
            CodeWords words = new CodeWords(bits);
            Repeated width = new Repeated(widths);
            Repeated origin = new Repeated(origins);
            float[] piece = new float[PIECE];
            for (int at = 0; at < all; at += PIECE) {
                int count = Math.min(PIECE, all - at);
                words.unpack(source, CodeWords.words(at, bits), count);
                words.floats().get(0, piece, 0, count);
                restore(piece, width.from(from + at), origin.from(from + at), count);
                if (rectified) {
                    rectify(piece, count);
                }
                target.put(at, piece, count);
            }
        });
    }

    private static void restore(float[] codes, float[] width, float[] origin, int count) {
        for (int i = 0; i < count; i++) {
            codes[i] = (codes[i] - WHOLE) * width[i] + origin[i];
        }
    }

    private static void rectify(float[] x, int count) {
        for (int i = 0; i < count; i++) {
            x[i] = Math.max(x[i], 0f);
        }
    }

    /** One number for each channel, for the elements of a piece. */
    private static final class Repeated {
        private final int channels;
        private final float[] all;
        private final float[] piece = new float[PIECE];

        Repeated(float[] numbers) {
            channels = numbers.length;
            all = new float[channels + PIECE];
            for (int i = 0; i < all.length; i++) {
                all[i] = numbers[i % channels];
            }
        }

        /** From the element of a number on. */
        float[] from(long element) {
            System.arraycopy(all, (int) (element % channels), piece, 0, PIECE);
            return piece;
        }
    }
}
