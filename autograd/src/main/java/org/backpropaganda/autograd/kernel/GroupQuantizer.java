package org.backpropaganda.autograd.kernel;

import java.nio.FloatBuffer;

/** Makes the codes of one piece after another, for one thread; see {@link GroupCodes}. */
final class GroupQuantizer {
    private static final float WHOLE = CodeWords.WHOLE;

    /** Added and subtracted again it rounds a float of either sign to an integer. */
    private static final float ROUND = 0x1.8p23f;

    /** Between these steps neither a difference of two elements nor the inverse of the step leaves the normal floats. */
    private static final float SMALLEST_STEP = 0x1p-118f;

    private static final float LARGEST_STEP = 0x1p118f;

    /** So few are compared one by one. */
    private static final int FEW = 8;

    private final long key;
    private final float levels;
    private final CodeNoise noise = new CodeNoise(CodeWords.PIECE);
    private final float[] x = new float[GroupCodes.GROUP];
    private final float[] y = new float[CodeWords.PIECE];
    private final float[] u = new float[CodeWords.PIECE];
    private final float[] least = new float[GroupCodes.GROUP / 2];
    private final float[] largest = new float[GroupCodes.GROUP / 2];
    private final float[] upperLeast = new float[GroupCodes.GROUP / 4];
    private final float[] upperLargest = new float[GroupCodes.GROUP / 4];

    GroupQuantizer(int bits, long key) {
        this.key = key;
        levels = (1 << bits) - 1;
    }

    /** Where the elements of a group go. */
    float[] elements() {
        return x;
    }

    /** The codes of the piece, each as the float 2²³ + code. */
    float[] codes() {
        return y;
    }

    /**
     * Puts the elements of a group on the scale of its codes, and notes its least element and its step.
     *
     * @param first of the group in the piece
     * @param number of the group among the parameters
     */
    void scale(int first, int count, FloatBuffer parameters, int number) {
        findExtremes(count);
        float min = least[0];
        float step = step((double) largest[0] - min);
        if (Float.isNaN(step)) {
            min = Float.NaN;
        }
        parameters.put(number * GroupCodes.PARAMETERS, min);
        parameters.put(number * GroupCodes.PARAMETERS + 1, step);
        if (step >= SMALLEST_STEP && step <= LARGEST_STEP) {
            scale(x, count, min, 1 / step);
        } else {
            scaleExtreme(count, min, step);
        }
        System.arraycopy(x, 0, y, first, count);
    }

    /** Rounds what was scaled to codes. */
    void round(long piece, int count) {
        noise.draw(key, piece, u, count);
        round(y, u, count, levels);
    }

    /** NaN where an element is not finite, or the step is beyond the floats. */
    private float step(double range) {
        float step = (float) (range / levels);
        if (!Float.isFinite(step)) {
            return Float.NaN;
        }
        return (double) step * levels < range ? Math.nextUp(step) : step;
    }

    /** NaN wins. */
    private void findExtremes(int count) {
        if (count < GroupCodes.GROUP) {
            least[0] = x[0];
            largest[0] = x[0];
            for (int i = 1; i < count; i++) {
                least[0] = Math.min(least[0], x[i]);
                largest[0] = Math.max(largest[0], x[i]);
            }
            return;
        }
        System.arraycopy(x, 0, least, 0, least.length);
        System.arraycopy(x, least.length, largest, 0, largest.length);
        order(least, largest, least.length);
        for (int half = least.length / 2; half >= FEW; half /= 2) {
            System.arraycopy(least, half, upperLeast, 0, half);
            System.arraycopy(largest, half, upperLargest, 0, half);
            lower(least, upperLeast, half);
            raise(largest, upperLargest, half);
        }
        for (int i = 1; i < FEW; i++) {
            least[0] = Math.min(least[0], least[i]);
            largest[0] = Math.max(largest[0], largest[i]);
        }
    }

    private static void order(float[] a, float[] b, int count) {
        for (int i = 0; i < count; i++) {
            float lower = Math.min(a[i], b[i]);
            b[i] = Math.max(a[i], b[i]);
            a[i] = lower;
        }
    }

    private static void lower(float[] a, float[] b, int count) {
        for (int i = 0; i < count; i++) {
            a[i] = Math.min(a[i], b[i]);
        }
    }

    private static void raise(float[] a, float[] b, int count) {
        for (int i = 0; i < count; i++) {
            a[i] = Math.max(a[i], b[i]);
        }
    }

    private static void scale(float[] x, int count, float min, float inverse) {
        for (int i = 0; i < count; i++) {
            x[i] = (x[i] - min) * inverse;
        }
    }

    /** Where floats would overflow, or lose bits near 0. */
    private void scaleExtreme(int count, float min, float step) {
        for (int i = 0; i < count; i++) {
            x[i] = step == 0 ? 0 : (float) (((double) x[i] - min) / step);
        }
    }

    /** {@code y = 2²³ + ⌊y + u + 1/2⌋}, in two steps, so that the fraction keeps all its bits. */
    private static void round(float[] y, float[] u, int count, float levels) {
        for (int i = 0; i < count; i++) {
            float whole = (y[i] + WHOLE) - WHOLE;
            float up = ((y[i] - whole) + u[i] + ROUND) - ROUND;
            y[i] = Math.min(whole + up, levels) + WHOLE;
        }
    }

    /** {@code x̂ = min + code step} in the place of 2²³ + code. */
    static void restore(float[] codes, int count, float min, float step) {
        if (step > LARGEST_STEP) {
            for (int i = 0; i < count; i++) {
                codes[i] = (float) Math.min(min + (double) (codes[i] - WHOLE) * step, Float.MAX_VALUE);
            }
        } else {
            restoreUsual(codes, count, min, step);
        }
    }

    private static void restoreUsual(float[] codes, int count, float min, float step) {
        for (int i = 0; i < count; i++) {
            codes[i] = min + (codes[i] - WHOLE) * step;
        }
    }
}
