package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.concurrent.ConcurrentSkipListMap;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Loops in Java over the rows of tensors, for functions of whole rows: normalisations. Rows are widened to double, so that
 * one body serves both element types and sums lose nothing.
 */
@Internal
public final class RowLoop {
    private static final long GRAIN_ELEMENTS = 1 << 14;
    private static final long CHUNK_ELEMENTS = 1 << 20;

    private RowLoop() {}

    /** Computes one row. */
    @FunctionalInterface
    public interface Body {
        /**
         * One row of each tensor.
         *
         * @param rows to read, and to write in as many of the first ones as are written
         * @param sums to add to
         */
        void run(double[][] rows, double[] sums);
    }

    /**
     * Runs a body over all rows, on all threads of the engine.
     *
     * @param rows how many; each tensor has a multiple of as many elements, which are cut into rows of equal length
     * @param written how many of the tensors, from the first on, are written; the others are only read
     * @param sums how many numbers are summed over the rows, in an order that depends on the number of threads alone
     * @return the sums; zeros where tensors have no values
     */
    public static double[] run(long rows, int written, int sums, Body body, Tensor... tensors) {
        long widest = 1;
        for (Tensor tensor : tensors) {
            tensors[0].engine().requireOwn("rows", tensor);
            if (tensor.elements() % rows != 0 || tensor.elements() / rows > CHUNK_ELEMENTS * 64) {
                throw new ShapeException("rows: " + tensor.spec() + " does not make " + rows + " rows");
            }
            widest = Math.max(widest, tensor.elements() / rows);
        }
        if (!tensors[0].hasValues()) {
            return new double[sums];
        }
        long chunk = Math.max(1, CHUNK_ELEMENTS / widest);
        ConcurrentSkipListMap<Long, double[]> partial = new ConcurrentSkipListMap<>();
        tensors[0].engine().parallel(rows, Math.max(1, GRAIN_ELEMENTS / widest), (from, to) -> {
            double[] own = new double[sums];
            for (long at = from; at < to; at += chunk) {
                runChunk(rows, at, (int) Math.min(chunk, to - at), written, own, body, tensors);
            }
            partial.put(from, own);
        });
        double[] total = new double[sums];
        partial.values().forEach(own -> {
            for (int i = 0; i < sums; i++) {
                total[i] += own[i];
            }
        });
        return total;
    }

    private static void runChunk(
            long rows, long from, int count, int written, double[] sums, Body body, Tensor... tensors) {
        Reader[] readers = new Reader[tensors.length];
        double[][] values = new double[tensors.length][];
        for (int i = 0; i < tensors.length; i++) {
            readers[i] = new Reader(tensors[i], (int) (tensors[i].elements() / rows), from, count);
            values[i] = new double[readers[i].columns];
        }
        for (int row = 0; row < count; row++) {
            for (int i = 0; i < tensors.length; i++) {
                readers[i].read(row, values[i]);
            }
            body.run(values, sums);
            for (int i = 0; i < written; i++) {
                readers[i].write(row, values[i]);
            }
        }
    }

    /** Some rows of a tensor. */
    private static final class Reader {
        private final int columns;
        private final boolean narrow;
        private final FloatBuffer narrowBytes;
        private final DoubleBuffer wideBytes;
        private final float[] floats;

        Reader(Tensor tensor, int columns, long from, int count) {
            this.columns = columns;
            this.narrow = Precision.isSingle("rows", tensor);
            int width = (int) tensor.dtype().bytes(1);
            ByteBuffer bytes = tensor.buffer(from * columns * width, count * columns * width);
            narrowBytes = bytes.asFloatBuffer();
            wideBytes = bytes.asDoubleBuffer();
            floats = new float[narrow ? columns : 0];
        }

        void read(int row, double[] into) {
            if (!narrow) {
                wideBytes.get(row * columns, into, 0, columns);
                return;
            }
            narrowBytes.get(row * columns, floats, 0, columns);
            for (int i = 0; i < columns; i++) {
                into[i] = floats[i];
            }
        }

        void write(int row, double[] from) {
            if (!narrow) {
                wideBytes.put(row * columns, from, 0, columns);
                return;
            }
            for (int i = 0; i < columns; i++) {
                floats[i] = (float) from[i];
            }
            narrowBytes.put(row * columns, floats, 0, columns);
        }
    }
}
