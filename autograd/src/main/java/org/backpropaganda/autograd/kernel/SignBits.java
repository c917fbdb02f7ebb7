package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * One bit an element: whether it is positive.
 *
 * <p>Elements go in pieces of {@value #PIECE}. A piece of n elements has ⌈n/8⌉ bytes, and bit k of its byte j belongs to
 * element k · ⌈n/8⌉ + j: so a plane of equal bits is a run of neighbours, and the loops over planes, each from index 0 of
 * its arrays, become vector instructions.
 */
public final class SignBits {
    private static final int PIECE = 8192;
    private static final int PLANES = 8;
    private static final int LANES = PIECE / PLANES;
    private static final long GRAIN = 4L * PIECE;

    private SignBits() {}

    /**
     * Notes which elements are positive; zeros and NaN are not.
     *
     * @param x {@code FLOAT} or {@code DOUBLE}. Not modified
     * @param bits {@code BIT}, of as many elements. Modified
     */
    public static void pack(Tensor x, Tensor bits) {
        boolean isFloat = x.dtype() == DType.FLOAT;
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
     * @param bits as from {@link #pack}. Not modified
     */
    public static void select(Tensor dy, Tensor bits, double slope, Tensor out) {
        boolean isFloat = dy.dtype() == DType.FLOAT;
        int width = isFloat ? Float.BYTES : Double.BYTES;
        dy.engine().parallel(dy.elements(), GRAIN, (from, to) -> {
            int all = (int) (to - from);
            ByteBuffer source = dy.buffer(from * width, all * width);
            ByteBuffer target = out.buffer(from * width, all * width);
            ByteBuffer signs = bits.buffer(from / PLANES, bytes(all));
            byte[] packed = new byte[LANES];
            int[] lanes = new int[LANES];
            Plane work = isFloat ? new FloatPlane((float) slope) : new DoublePlane(slope);
            for (int at = 0; at < all; at += PIECE) {
                int piece = Math.min(PIECE, all - at);
                int bytes = bytes(piece);
                signs.get(at / PLANES, packed, 0, bytes);
                for (int i = 0; i < bytes; i++) {
                    lanes[i] = packed[i];
                }
                for (int plane = 0; plane < PLANES && plane * bytes < piece; plane++) {
                    int first = plane * bytes;
                    work.select(source, target, at + first, Math.min(bytes, piece - first), lanes, plane);
                }
            }
        });
    }

    /** Selects for one plane of a piece. */
    private interface Plane {
        void select(ByteBuffer dy, ByteBuffer out, int at, int count, int[] lanes, int plane);
    }

    /** Works on the bits of floats, where masks select without a branch. */
    private static final class FloatPlane implements Plane {
        private final float slope;
        private final float[] values = new float[LANES];
        private final int[] kept = new int[LANES];
        private final int[] scaled = new int[LANES];
        private final ByteBuffer exchange =
                ByteBuffer.allocate(LANES * Float.BYTES).order(ByteOrder.nativeOrder());

        FloatPlane(float slope) {
            this.slope = slope;
        }

        @Override
        public void select(ByteBuffer dy, ByteBuffer out, int at, int count, int[] lanes, int plane) {
            dy.asIntBuffer().get(at, kept, 0, count);
            if (slope != 0) {
                dy.asFloatBuffer().get(at, values, 0, count);
                for (int i = 0; i < count; i++) {
                    values[i] *= slope;
                }
                exchange.asFloatBuffer().put(values, 0, count);
                exchange.asIntBuffer().get(scaled, 0, count);
            }
            select(kept, scaled, count, lanes, 31 - plane);
            out.asIntBuffer().put(at, kept, 0, count);
        }

        private static void select(int[] kept, int[] scaled, int count, int[] lanes, int shift) {
            for (int i = 0; i < count; i++) {
                int mask = (lanes[i] << shift) >> 31;
                kept[i] = (kept[i] & mask) | (scaled[i] & ~mask);
            }
        }
    }

    private static final class DoublePlane implements Plane {
        private final double slope;
        private final double[] values = new double[LANES];

        DoublePlane(double slope) {
            this.slope = slope;
        }

        @Override
        public void select(ByteBuffer dy, ByteBuffer out, int at, int count, int[] lanes, int plane) {
            dy.asDoubleBuffer().get(at, values, 0, count);
            for (int i = 0; i < count; i++) {
                boolean set = ((lanes[i] >> plane) & 1) != 0;
                values[i] = set ? values[i] : slope == 0 ? 0 : slope * values[i];
            }
            out.asDoubleBuffer().put(at, values, 0, count);
        }
    }
}
