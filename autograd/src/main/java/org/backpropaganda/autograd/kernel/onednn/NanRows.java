package org.backpropaganda.autograd.kernel.onednn;

import java.nio.FloatBuffer;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.Workers;

/**
 * Makes a whole row NaN where one element is: oneDNN 3.11's softmax of a row with NaN or ∞ is NaN there and 0 elsewhere, while
 * by its formula no element of the row is a number.
 */
final class NanRows {
    private static final int PIECE = 1024;
    private static final int LANES = 128;
    private static final long GRAIN = 1 << 16;

    private NanRows() {}

    /** Spreads NaN along an axis. */
    static void spread(int axis, Tensor y) {
        Workers.Range pieces = (from, to) -> {
            FloatBuffer values = y.buffer(from * Float.BYTES, (int) (to - from) * Float.BYTES)
                    .asFloatBuffer();
            float[] piece = new float[(int) Math.min(PIECE, to - from)];
            float[] lanes = new float[LANES];
            for (int at = 0; at < to - from; at += PIECE) {
                int count = (int) Math.min(PIECE, to - from - at);
                values.get(at, piece, 0, count);
                if (hasNan(piece, lanes, count)) {
                    spread(axis, y, from + at, piece, count);
                }
            }
        };
        y.engine().parallel(y.elements(), GRAIN, pieces);
    }

    /** No sum of softmax's outputs is infinite, so that only NaN makes it NaN. */
    private static boolean hasNan(float[] piece, float[] lanes, int count) {
        float sum = 0;
        int whole = 0;
        if (count == PIECE) {
            for (int i = 0; i < LANES; i++) {
                lanes[i] = piece[i]
                        + piece[i + LANES]
                        + piece[i + 2 * LANES]
                        + piece[i + 3 * LANES]
                        + piece[i + 4 * LANES]
                        + piece[i + 5 * LANES]
                        + piece[i + 6 * LANES]
                        + piece[i + 7 * LANES];
            }
            for (float lane : lanes) {
                sum += lane;
            }
            whole = PIECE;
        }
        for (int i = whole; i < count; i++) {
            sum += piece[i];
        }
        return Float.isNaN(sum);
    }

    /** Threads may write one row at a time: all write NaN. */
    private static void spread(int axis, Tensor y, long first, float[] piece, int count) {
        int classes = Math.toIntExact(y.shape().dim(axis));
        long stride = y.shape().strides()[axis];
        long done = -1;
        for (int i = 0; i < count; i++) {
            long at = first + i;
            long row = at / (classes * stride) * classes * stride + at % stride;
            if (Float.isNaN(piece[i]) && row != done) {
                done = row;
                for (int c = 0; c < classes; c++) {
                    HostLoop.row(y, row + c * stride, 1).set(0, Double.NaN);
                }
            }
        }
    }
}
