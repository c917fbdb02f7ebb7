package org.backpropaganda.autograd.kernel;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/** Elementwise loops in Java over operands that broadcast as in NumPy. */
final class BroadcastLoop {
    private static final int PIECE = 2048;
    private static final long GRAIN = 1 << 15;

    private BroadcastLoop() {}

    /**
     * Runs a loop whose first array is the output and is only written, on all threads of its engine.
     *
     * @param out of the shape that the inputs broadcast to; may be one of those that have it. Modified
     * @param inputs of the element type of the output. Not modified
     */
    public static void run(HostLoop.FloatBody floats, HostLoop.DoubleBody doubles, Tensor out, Tensor... inputs) {
        if (Arrays.stream(inputs).allMatch(input -> input.elements() == out.elements())) {
            Tensor[] all = new Tensor[inputs.length + 1];
            all[0] = out;
            System.arraycopy(inputs, 0, all, 1, inputs.length);
            HostLoop.run(1, floats, doubles, all);
            return;
        }
        Shape shape = out.shape();
        int columns = Math.toIntExact(shape.dim(-1));
        long[][] strides = Arrays.stream(inputs)
                .map(input -> strides(input.shape().padded(shape.rank())))
                .toArray(long[][]::new);
        boolean isFloat = Precision.isSingle("broadcast loop", out);
        out.engine().parallel(out.elements() / columns, Math.max(1, GRAIN / columns), (from, to) -> {
            int width = Math.min(PIECE, columns);
            float[][] narrow = new float[inputs.length + 1][isFloat ? width : 0];
            double[][] wide = new double[inputs.length + 1][isFloat ? 0 : width];
            for (long row = from; row < to; row++) {
                for (int column = 0; column < columns; column += PIECE) {
                    int count = Math.min(PIECE, columns - column);
                    long at = row * columns + column;
                    for (int i = 0; i < inputs.length; i++) {
                        long first = offset(shape, strides[i], row) + column * strides[i][shape.rank() - 1];
                        boolean one = strides[i][shape.rank() - 1] == 0;
                        read(inputs[i], first, one, narrow[i + 1], wide[i + 1], count);
                    }
                    if (isFloat) {
                        floats.run(narrow, at, count);
                        out.buffer(at * Float.BYTES, count * Float.BYTES)
                                .asFloatBuffer()
                                .put(0, narrow[0], 0, count);
                    } else {
                        doubles.run(wide, at, count);
                        out.buffer(at * Double.BYTES, count * Double.BYTES)
                                .asDoubleBuffer()
                                .put(0, wide[0], 0, count);
                    }
                }
            }
        });
    }

    private static long[] strides(Shape shape) {
        long[] dense = shape.strides();
        return IntStream.range(0, dense.length)
                .mapToLong(axis -> shape.dim(axis) == 1 ? 0 : dense[axis])
                .toArray();
    }

    /** Where a row of the output begins in an input. */
    private static long offset(Shape shape, long[] strides, long row) {
        long offset = 0;
        long rest = row;
        for (int axis = shape.rank() - 2; axis >= 0; axis--) {
            offset += rest % shape.dim(axis) * strides[axis];
            rest /= shape.dim(axis);
        }
        return offset;
    }

    private static void read(Tensor input, long first, boolean one, float[] narrow, double[] wide, int count) {
        int width = (int) input.dtype().bytes(1);
        var bytes = input.buffer(first * width, (one ? 1 : count) * width);
        if (Precision.isSingle("broadcast loop", input)) {
            if (one) {
                Arrays.fill(narrow, 0, count, bytes.getFloat(0));
            } else {
                bytes.asFloatBuffer().get(0, narrow, 0, count);
            }
        } else if (one) {
            Arrays.fill(wide, 0, count, bytes.getDouble(0));
        } else {
            bytes.asDoubleBuffer().get(0, wide, 0, count);
        }
    }
}
