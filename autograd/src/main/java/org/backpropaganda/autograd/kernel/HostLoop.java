package org.backpropaganda.autograd.kernel;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntFunction;
import java.util.function.LongUnaryOperator;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Loops in Java over the elements of tensors, on all threads of their engine: what an op or an optimizer of one's own computes with,
 * where no op of the library does.
 *
 * <p>A function of one element or two, in double, whatever the element type:
 *
 * <pre>{@code
 * HostLoop.map(y, x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), input);   // y = softplus(input)
 * HostLoop.map(dx, (dy, y) -> dy * -Math.expm1(-y), call.dy(), call.output());        // dx = dy (1 − exp(−y))
 * double[] sums = HostLoop.sum(2, (s, x) -> {                                         // Σ x and Σ x²
 *     s[0] += x;
 *     s[1] += x * x;
 * }, input);
 * }</pre>
 *
 * <p>Results are rounded to the element type once. A function costs a call an element. Where that is too slow, or where more than
 * two tensors take part, {@link #run(int, FloatBody, DoubleBody, Tensor...)} runs a loop over pieces of them, one body for each
 * element type, which the compiler vectorises if it is as plain as this:
 *
 * <pre>{@code
 * float rate = 0.1f;
 * HostLoop.run(
 *         1,                                                   // only the first tensor is written
 *         (a, from, count) -> {
 *             for (int i = 0; i < count; i++) {
 *                 a[0][i] -= rate * a[1][i];
 *             }
 *         },
 *         (a, from, count) -> {
 *             for (int i = 0; i < count; i++) {
 *                 a[0][i] -= 0.1 * a[1][i];
 *             }
 *         },
 *         value,
 *         gradient);
 * }</pre>
 *
 * <p>Pieces are copied to arrays that fit the first-level cache, and what is written is copied back. Bodies run on several threads
 * at once, each on pieces of its own: they share nothing that is not thread-safe, and keep no array. Tensors have one element type
 * and one element count, or are refused; shapes are not looked at, so there is no broadcasting. Tensors without values, of a run on
 * shapes, are passed over.
 */
public final class HostLoop {
    private static final int PIECE = 2048;
    private static final long GRAIN = 1 << 15;

    /** Of loops with several arrays of their own, so that all stay in the first-level cache. */
    private static final int OWN_PIECE = 1024;

    private HostLoop() {}

    /** A piece of a loop over floats. */
    @FunctionalInterface
    public interface FloatBody {
        /**
         * Computes one piece.
         *
         * @param arrays a piece of each tensor, from index 0 on
         * @param from the number of the first element
         * @param count how many elements
         */
        void run(float[][] arrays, long from, int count);
    }

    /** A piece of a loop over doubles. */
    @FunctionalInterface
    public interface DoubleBody {
        /**
         * Computes one piece.
         *
         * @param arrays a piece of each tensor, from index 0 on
         * @param from the number of the first element
         * @param count how many elements
         */
        void run(double[][] arrays, long from, int count);
    }

    /**
     * Runs a loop over tensors of equal element count, on all threads of their engine.
     *
     * @param written how many of the tensors, from the first on, the loop writes; the others are only read
     * @param tensors of one element type
     */
    public static void run(int written, FloatBody floats, DoubleBody doubles, Tensor... tensors) {
        Tensor first = tensors[0];
        for (Tensor tensor : tensors) {
            first.engine().requireOwn("elementwise loop", tensor);
            if (tensor.elements() != first.elements() || tensor.dtype() != first.dtype()) {
                throw new ShapeException("elementwise loop over " + first.spec() + " and " + tensor.spec());
            }
        }
        boolean isFloat = Precision.isSingle("elementwise loop", first);
        int width = (int) first.dtype().bytes(1);
        first.engine().parallel(first.elements(), GRAIN, (from, to) -> {
            int all = (int) (to - from);
            ByteBuffer[] bytes = new ByteBuffer[tensors.length];
            for (int i = 0; i < tensors.length; i++) {
                bytes[i] = tensors[i].buffer(from * width, all * width);
            }
            if (isFloat) {
                runFloats(written, floats, bytes, from, all);
            } else {
                runDoubles(written, doubles, bytes, from, all);
            }
        });
    }

    /**
     * Runs a loop over {@code FLOAT} tensors of equal element count, on all threads of their engine, whose body keeps arrays of
     * its own.
     *
     * @param bodies makes a body for each thread, for pieces of up to the given number of elements
     * @param out is written, and read only if it is also one of the inputs
     */
    public static void run(IntFunction<FloatBody> bodies, Tensor out, Tensor... inputs) {
        for (Tensor input : inputs) {
            if (input.elements() != out.elements() || !isFloat(input) || !isFloat(out)) {
                throw new ShapeException("loop over FLOAT from " + input.spec() + " to " + out.spec());
            }
        }
        out.engine().parallel(out.elements(), GRAIN, (from, to) -> {
            int all = (int) (to - from);
            int size = Math.min(OWN_PIECE, all);
            FloatBody body = bodies.apply(size);
            FloatBuffer target =
                    out.buffer(from * Float.BYTES, all * Float.BYTES).asFloatBuffer();
            FloatBuffer[] sources = new FloatBuffer[inputs.length];
            for (int i = 0; i < inputs.length; i++) {
                sources[i] =
                        inputs[i].buffer(from * Float.BYTES, all * Float.BYTES).asFloatBuffer();
            }
            float[][] pieces = new float[inputs.length + 1][size];
            for (int at = 0; at < all; at += size) {
                int count = Math.min(size, all - at);
                for (int i = 0; i < inputs.length; i++) {
                    sources[i].get(at, pieces[i + 1], 0, count);
                }
                body.run(pieces, from + at, count);
                target.put(at, pieces[0], 0, count);
            }
        });
    }

    /** {@code out = f(a)} for a function of one element, computed in double; out may be a. */
    public static void map(Tensor out, DoubleUnaryOperator f, Tensor a) {
        run(1, FloatLoops.map(f), DoubleLoops.map(f), out, a);
    }

    /** {@code out = f(a, b)} for a function of two elements, computed in double; out may be a or b. */
    public static void map(Tensor out, DoubleBinaryOperator f, Tensor a, Tensor b) {
        run(1, FloatLoops.map(f), DoubleLoops.map(f), out, a, b);
    }

    /** {@code out = keep out + weight x}, computed in double. */
    public static void blend(Tensor out, double keep, double weight, Tensor x) {
        run(1, FloatLoops.blend(keep, weight), DoubleLoops.blend(keep, weight), out, x);
    }

    /** What an element adds to sums. */
    @FunctionalInterface
    public interface Summand {
        /** Adds to each of the sums what x is to add. */
        void add(double[] sums, double x);
    }

    /** What two elements in one place add to sums. */
    @FunctionalInterface
    public interface PairSummand {
        /** Adds to each of the sums what a and b are to add. */
        void add(double[] sums, double a, double b);
    }

    /**
     * Sums over the elements of a tensor, in double, in an order that the number of threads alone decides.
     *
     * @param sums how many
     * @param x {@code FLOAT} or {@code DOUBLE}. Not modified
     */
    public static double[] sum(int sums, Summand f, Tensor x) {
        NavigableMap<Long, double[]> pieces = new ConcurrentSkipListMap<>();
        run(0, FloatLoops.sum(sums, f, pieces), DoubleLoops.sum(sums, f, pieces), x);
        return total(sums, pieces);
    }

    /**
     * Sums over the elements of two tensors of equal element count and type, in double, in an order that the number of threads
     * alone decides.
     *
     * @param sums how many
     * @param a,b {@code FLOAT} or {@code DOUBLE}. Not modified
     */
    public static double[] sum(int sums, PairSummand f, Tensor a, Tensor b) {
        NavigableMap<Long, double[]> pieces = new ConcurrentSkipListMap<>();
        run(0, FloatLoops.sum(sums, f, pieces), DoubleLoops.sum(sums, f, pieces), a, b);
        return total(sums, pieces);
    }

    /** Sums over pieces, in their order. */
    static double[] total(int sums, NavigableMap<Long, double[]> pieces) {
        double[] total = new double[sums];
        for (double[] own : pieces.values()) {
            for (int i = 0; i < sums; i++) {
                total[i] += own[i];
            }
        }
        return total;
    }

    private static void runFloats(int written, FloatBody body, ByteBuffer[] bytes, long from, int all) {
        float[][] pieces = new float[bytes.length][Math.min(PIECE, all)];
        for (int at = 0; at < all; at += PIECE) {
            int count = Math.min(PIECE, all - at);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i].asFloatBuffer().get(at, pieces[i], 0, count);
            }
            body.run(pieces, from + at, count);
            for (int i = 0; i < written; i++) {
                bytes[i].asFloatBuffer().put(at, pieces[i], 0, count);
            }
        }
    }

    private static void runDoubles(int written, DoubleBody body, ByteBuffer[] bytes, long from, int all) {
        double[][] pieces = new double[bytes.length][Math.min(PIECE, all)];
        for (int at = 0; at < all; at += PIECE) {
            int count = Math.min(PIECE, all - at);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i].asDoubleBuffer().get(at, pieces[i], 0, count);
            }
            body.run(pieces, from + at, count);
            for (int i = 0; i < written; i++) {
                bytes[i].asDoubleBuffer().put(at, pieces[i], 0, count);
            }
        }
    }

    private static boolean isFloat(Tensor tensor) {
        return switch (tensor.dtype()) {
            case FLOAT -> true;
            case DOUBLE, INT, BYTE, BIT -> false;
        };
    }

    /**
     * Sets the end of each row, on the calling thread: for few elements.
     *
     * @param first gives the first column to set of each row; those that have no such column are left alone
     */
    public static void fillBehind(Tensor tensor, int columns, LongUnaryOperator first, double value) {
        boolean narrow = Precision.isSingle("rows", tensor);
        int size = (int) tensor.dtype().bytes(1);
        float[] floats = new float[narrow ? columns : 0];
        double[] doubles = new double[narrow ? 0 : columns];
        Arrays.fill(floats, (float) value);
        Arrays.fill(doubles, value);
        long all = tensor.elements() / columns;
        long most = Math.max(1, GRAIN / columns);
        for (long at = 0; at < all; at += most) {
            int rows = (int) Math.min(most, all - at);
            ByteBuffer bytes = tensor.buffer(at * columns * size, rows * columns * size);
            for (int row = 0; row < rows; row++) {
                int begin = (int) Math.min(columns, first.applyAsLong(at + row));
                if (narrow) {
                    bytes.asFloatBuffer().put(row * columns + begin, floats, 0, columns - begin);
                } else {
                    bytes.asDoubleBuffer().put(row * columns + begin, doubles, 0, columns - begin);
                }
            }
        }
    }

    /** Reads and writes single elements of a row of a tensor, for code that touches few of them. */
    public static Row row(Tensor tensor, long row, int columns) {
        int size = (int) tensor.dtype().bytes(1);
        return new Row(tensor.dtype(), tensor.buffer(row * columns * size, columns * size));
    }

    /** One row of a tensor. */
    public static final class Row {
        private final DType dtype;
        private final ByteBuffer bytes;

        private Row(DType dtype, ByteBuffer bytes) {
            this.dtype = dtype;
            this.bytes = bytes;
        }

        /** An element, widened. */
        public double get(int column) {
            return switch (dtype) {
                case FLOAT -> bytes.getFloat(Float.BYTES * column);
                case DOUBLE -> bytes.getDouble(Double.BYTES * column);
                case INT -> bytes.getInt(Integer.BYTES * column);
                case BYTE -> bytes.get(column) & 0xFF;
                case BIT -> throw new ShapeException("row: no single elements of " + dtype);
            };
        }

        /** Copies elements from the first on, widened. */
        public void read(double[] into) {
            if (Precision.isSingle("row", dtype)) {
                FloatBuffer floats = bytes.asFloatBuffer();
                float[] piece = new float[Math.min(PIECE, into.length)];
                for (int at = 0; at < into.length; at += PIECE) {
                    int count = Math.min(PIECE, into.length - at);
                    floats.get(at, piece, 0, count);
                    for (int i = 0; i < count; i++) {
                        into[at + i] = piece[i];
                    }
                }
            } else {
                bytes.asDoubleBuffer().get(0, into);
            }
        }

        /** Sets elements from the first on, narrowed. */
        void write(double[] from) {
            if (Precision.isSingle("row", dtype)) {
                FloatBuffer floats = bytes.asFloatBuffer();
                float[] piece = new float[Math.min(PIECE, from.length)];
                for (int at = 0; at < from.length; at += PIECE) {
                    int count = Math.min(PIECE, from.length - at);
                    for (int i = 0; i < count; i++) {
                        piece[i] = (float) from[at + i];
                    }
                    floats.put(at, piece, 0, count);
                }
            } else {
                bytes.asDoubleBuffer().put(0, from);
            }
        }

        /** Sets an element, narrowed. */
        public void set(int column, double value) {
            switch (dtype) {
                case FLOAT -> bytes.putFloat(Float.BYTES * column, (float) value);
                case DOUBLE -> bytes.putDouble(Double.BYTES * column, value);
                case INT -> bytes.putInt(Integer.BYTES * column, (int) value);
                case BYTE -> bytes.put(column, (byte) (int) value);
                case BIT -> throw new ShapeException("row: no single elements of " + dtype);
            }
        }
    }
}
