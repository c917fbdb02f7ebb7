package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Selects for one plane of a piece of {@link SignBits}. */
interface BitPlane {

    /**
     * {@code out = set} where the bit is set, {@code slope unset} elsewhere.
     *
     * @param set,unset none stands for zeros
     * @param at the first element in the buffers
     * @param lanes of which bit {@code plane} counts
     */
    void select(
            @Nullable ByteBuffer set,
            @Nullable ByteBuffer unset,
            ByteBuffer out,
            int at,
            int count,
            int[] lanes,
            int plane);

    /** Works on the bits of floats, where masks select without a branch. */
    final class OfFloats implements BitPlane {
        private final float slope;
        private final float[] values = new float[SignBits.LANES];
        private final int[] kept = new int[SignBits.LANES];
        private final int[] scaled = new int[SignBits.LANES];
        private final ByteBuffer exchange =
                ByteBuffer.allocate(SignBits.LANES * Float.BYTES).order(ByteOrder.nativeOrder());

        OfFloats(float slope) {
            this.slope = slope;
        }

        @Override
        public void select(
                @Nullable ByteBuffer set,
                @Nullable ByteBuffer unset,
                ByteBuffer out,
                int at,
                int count,
                int[] lanes,
                int plane) {
            if (set != null) {
                set.asIntBuffer().get(at, kept, 0, count);
            } else {
                Arrays.fill(kept, 0);
            }
            if (unset != null) {
                loadScaled(unset, at, count);
            }
            select(kept, scaled, count, lanes, 31 - plane);
            out.asIntBuffer().put(at, kept, 0, count);
        }

        private void loadScaled(ByteBuffer unset, int at, int count) {
            if (slope == 1) {
                unset.asIntBuffer().get(at, scaled, 0, count);
                return;
            }
            unset.asFloatBuffer().get(at, values, 0, count);
            for (int i = 0; i < count; i++) {
                values[i] *= slope;
            }
            exchange.asFloatBuffer().put(values, 0, count);
            exchange.asIntBuffer().get(scaled, 0, count);
        }

        private static void select(int[] kept, int[] scaled, int count, int[] lanes, int shift) {
            for (int i = 0; i < count; i++) {
                int mask = (lanes[i] << shift) >> 31;
                kept[i] = (kept[i] & mask) | (scaled[i] & ~mask);
            }
        }
    }

    /** Works on doubles. */
    final class OfDoubles implements BitPlane {
        private final double slope;
        private final double[] kept = new double[SignBits.LANES];
        private final double[] scaled = new double[SignBits.LANES];

        OfDoubles(double slope) {
            this.slope = slope;
        }

        @Override
        public void select(
                @Nullable ByteBuffer set,
                @Nullable ByteBuffer unset,
                ByteBuffer out,
                int at,
                int count,
                int[] lanes,
                int plane) {
            if (set != null) {
                set.asDoubleBuffer().get(at, kept, 0, count);
            } else {
                Arrays.fill(kept, 0);
            }
            if (unset != null) {
                unset.asDoubleBuffer().get(at, scaled, 0, count);
            }
            for (int i = 0; i < count; i++) {
                boolean bit = ((lanes[i] >> plane) & 1) != 0;
                kept[i] = bit ? kept[i] : unset == null ? 0 : slope * scaled[i];
            }
            out.asDoubleBuffer().put(at, kept, 0, count);
        }
    }
}
