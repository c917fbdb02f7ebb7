package org.backpropaganda.autograd.kernel;

import java.nio.FloatBuffer;
import org.backpropaganda.autograd.tensor.Tensor;

/** Loops in Java over the rows of {@code FLOAT} tensors, for functions of whole rows where oneDNN has no fast kernel. */
public final class FloatRows {
    private static final long GRAIN_ELEMENTS = 1 << 14;
    private static final long CHUNK_ELEMENTS = 1 << 26;

    private FloatRows() {}

    /** Computes one row. */
    @FunctionalInterface
    public interface Body {
        /** One row of each tensor: to read, and the first one to write in. */
        void run(float[][] rows);
    }

    /**
     * Runs a body over all rows, on all threads of the engine.
     *
     * @param columns elements of a row of every tensor
     * @param tensors of equal size; the first one is written and not read unless it is given again
     */
    public static void run(int columns, Body body, Tensor... tensors) {
        long rows = tensors[0].elements() / columns;
        long chunk = Math.max(1, CHUNK_ELEMENTS / columns);
        tensors[0].engine().parallel(rows, Math.max(1, GRAIN_ELEMENTS / columns), (from, to) -> {
            float[][] values = new float[tensors.length][columns];
            for (long at = from; at < to; at += chunk) {
                runChunk(at, (int) Math.min(chunk, to - at), columns, values, body, tensors);
            }
        });
    }

    private static void runChunk(long from, int count, int columns, float[][] values, Body body, Tensor... tensors) {
        FloatBuffer[] buffers = new FloatBuffer[tensors.length];
        for (int i = 0; i < tensors.length; i++) {
            buffers[i] = floats(tensors[i], from * columns, count * columns);
        }
        for (int row = 0; row < count; row++) {
            for (int i = 1; i < tensors.length; i++) {
                buffers[i].get(row * columns, values[i], 0, columns);
            }
            body.run(values);
            buffers[0].put(row * columns, values[0], 0, columns);
        }
    }

    private static FloatBuffer floats(Tensor tensor, long from, int count) {
        return tensor.buffer(from * Float.BYTES, count * Float.BYTES).asFloatBuffer();
    }
}
