package org.backpropaganda.autograd.kernel.nd4j;

import java.nio.DoubleBuffer;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * The elements of a {@code DOUBLE} tensor for Java loops. In segments, because a Java buffer ends at 2 GiB. Loops move
 * blocks to the heap and compute there: the JIT vectorises loops over arrays but not over buffers.
 */
final class Doubles {
    /** Elements in a block that stays in the first-level cache. */
    static final int BLOCK = 1 << 11;

    /** Elements below which a piece of work is not worth another thread. */
    static final int GRAIN = 1 << 14;

    private static final int SHIFT = 27;
    private static final int SEGMENT = 1 << SHIFT;

    private final Engine engine;
    private final DoubleBuffer[] segments;

    Doubles(Tensor tensor) {
        engine = tensor.engine();
        long elements = tensor.elements();
        segments = new DoubleBuffer[Math.toIntExact((elements + SEGMENT - 1) >>> SHIFT)];
        for (int i = 0; i < segments.length; i++) {
            long from = (long) i << SHIFT;
            int count = (int) Math.min(SEGMENT, elements - from);
            segments[i] =
                    tensor.buffer(from * Double.BYTES, count * Double.BYTES).asDoubleBuffer();
        }
    }

    /** The engine that has to be open while elements are read or written. */
    Engine engine() {
        return engine;
    }

    double get(long at) {
        return segments[(int) (at >>> SHIFT)].get((int) at & (SEGMENT - 1));
    }

    void set(long at, double value) {
        segments[(int) (at >>> SHIFT)].put((int) at & (SEGMENT - 1), value);
    }

    void read(long from, double[] into, int count) {
        for (int done = 0; done < count; ) {
            int index = (int) (from + done) & (SEGMENT - 1);
            int piece = Math.min(count - done, SEGMENT - index);
            segments[(int) ((from + done) >>> SHIFT)].get(index, into, done, piece);
            done += piece;
        }
    }

    void write(long to, double[] from, int count) {
        for (int done = 0; done < count; ) {
            int index = (int) (to + done) & (SEGMENT - 1);
            int piece = Math.min(count - done, SEGMENT - index);
            segments[(int) ((to + done) >>> SHIFT)].put(index, from, done, piece);
            done += piece;
        }
    }
}
