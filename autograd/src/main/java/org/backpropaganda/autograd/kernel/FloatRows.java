package org.backpropaganda.autograd.kernel;

import java.nio.FloatBuffer;
import java.util.function.Supplier;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Workers;

/** Loops in Java over the rows of {@code FLOAT} matrices, for functions of whole rows where oneDNN has no fast kernel. */
@Internal
public final class FloatRows {
    private static final long CHUNK_ELEMENTS = 1 << 26;

    private FloatRows() {}

    /** Computes one row. */
    @FunctionalInterface
    public interface Body {
        /** One row of each matrix. */
        void run(float[][] rows);
    }

    /**
     * Runs a body over all rows, on all threads of the engine.
     *
     * @param grain elements of all matrices that are worth another thread
     * @param written how many of the matrices, from the first on, are written
     * @param read the first of the matrices that are read: 0 for all, or {@code written} for those that are not written
     * @param matrices the first of each stack, with as many rows each, whose columns lie side by side
     */
    public static void run(long grain, int written, int read, Body body, MatrixStack... matrices) {
        run(grain, written, read, () -> body, matrices);
    }

    /**
     * Runs a body that keeps arrays of its own over all rows, on all threads of the engine.
     *
     * @param grain elements of all matrices that are worth another thread
     * @param written how many of the matrices, from the first on, are written
     * @param read the first of the matrices that are read: 0 for all, or {@code written} for those that are not written
     * @param bodies makes a body for each thread
     * @param matrices the first of each stack, with as many rows each, whose columns lie side by side
     */
    public static void run(long grain, int written, int read, Supplier<Body> bodies, MatrixStack... matrices) {
        long elements = 0;
        long widest = 1;
        for (MatrixStack matrix : matrices) {
            matrices[0].tensor().engine().requireOwn("rows", matrix.tensor());
            elements += matrix.columns();
            widest = Math.max(widest, matrix.rowStride());
        }
        long chunk = Math.max(1, CHUNK_ELEMENTS / widest);
        Workers.Range rows = (from, to) -> {
            float[][] values = new float[matrices.length][];
            for (int i = 0; i < values.length; i++) {
                values[i] = new float[Math.toIntExact(matrices[i].columns())];
            }
            Body body = bodies.get();
            for (long at = from; at < to; at += chunk) {
                runChunk(at, (int) Math.min(chunk, to - at), written, read, body, values, matrices);
            }
        };
        matrices[0].tensor().engine().parallel(matrices[0].rows(), Math.max(1, grain / elements), rows);
    }

    private static void runChunk(
            long from, int count, int written, int read, Body body, float[][] values, MatrixStack... matrices) {
        FloatBuffer[] buffers = new FloatBuffer[matrices.length];
        int[] strides = new int[matrices.length];
        for (int i = 0; i < matrices.length; i++) {
            buffers[i] = floats(matrices[i], from, count);
            strides[i] = (int) matrices[i].rowStride();
        }
        for (int row = 0; row < count; row++) {
            for (int i = read; i < matrices.length; i++) {
                buffers[i].get(row * strides[i], values[i]);
            }
            body.run(values);
            for (int i = 0; i < written; i++) {
                buffers[i].put(row * strides[i], values[i]);
            }
        }
    }

    private static FloatBuffer floats(MatrixStack matrix, long from, int count) {
        long first = (matrix.offset() + from * matrix.rowStride()) * Float.BYTES;
        long bytes = ((count - 1) * matrix.rowStride() + matrix.columns()) * Float.BYTES;
        return matrix.tensor().buffer(first, Math.toIntExact(bytes)).asFloatBuffer();
    }
}
