package org.backpropaganda.autograd.kernel;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/** The logarithm of the softmax of floats, exact to a rounding of the largest of its terms. */
@Internal
public final class FloatLogSoftmax {
    /** Elements that are worth another thread. */
    private static final long GRAIN = 1 << 14;

    /** Columns at a time where the axis is not the last. */
    private static final int WIDTH = 512;

    private FloatLogSoftmax() {}

    /** {@code y = x - log(sum(exp(x)))} along an axis; y may be x. */
    public static void forward(int axis, Tensor x, Tensor y) {
        if (x.shape().strides()[axis] == 1) {
            FloatRows.run(GRAIN, 1, 1, () -> new Rows(rowLength(x, axis))::forward, rows(y, axis), rows(x, axis));
        } else {
            forEachBlock(axis, (block, columns) -> block.forward(columns), y, x);
        }
    }

    /** {@code dx = dy - exp(y) sum(dy)} along an axis; dx may be dy. */
    public static void backward(int axis, Tensor y, Tensor dy, Tensor dx) {
        if (y.shape().strides()[axis] == 1) {
            FloatRows.run(
                    GRAIN,
                    1,
                    1,
                    () -> new Rows(rowLength(y, axis))::backward,
                    rows(dx, axis),
                    rows(y, axis),
                    rows(dy, axis));
        } else {
            forEachBlock(axis, (block, columns) -> block.backward(columns), dx, y, dy);
        }
    }

    private static int rowLength(Tensor tensor, int axis) {
        return Math.toIntExact(tensor.shape().dim(axis));
    }

    private static MatrixStack rows(Tensor tensor, int axis) {
        long length = tensor.shape().dim(axis);
        return MatrixStack.matrix(tensor, 0, tensor.elements() / length, length);
    }

    /** Exponentials of {@code values - shift}; those of differences below {@code -FAR} are 0. */
    private static float[] exponentials(FloatExponential exp, float[] values, float[] shifts, float[] room, int count) {
        for (int i = 0; i < count; i++) {
            room[i] = Math.max(values[i] - shifts[i], -FloatCurves.FAR);
        }
        exp.of(room, count);
        float[] rest = exp.rest;
        float[] power = exp.power;
        for (int i = 0; i < count; i++) {
            room[i] = (1 + rest[i]) * power[i] * power[i];
        }
        return room;
    }

    /** Whole rows. */
    private static final class Rows {
        private final FloatExponential exp;
        private final float[] shifts;
        private final float[] room;

        Rows(int length) {
            exp = new FloatExponential(length);
            shifts = new float[length];
            room = new float[length];
        }

        void forward(float[][] rows) {
            float[] y = rows[0];
            float[] x = rows[1];
            float max = Float.NEGATIVE_INFINITY;
            for (float value : x) {
                max = Math.max(max, value);
            }
            Arrays.fill(shifts, max);
            double sum = 0;
            for (float value : exponentials(exp, x, shifts, room, x.length)) {
                sum += value;
            }
            float log = (float) Math.log(sum);
            for (int i = 0; i < y.length; i++) {
                y[i] = x[i] - max - log;
            }
        }

        void backward(float[][] rows) {
            float[] dx = rows[0];
            float[] y = rows[1];
            float[] dy = rows[2];
            double total = 0;
            for (float value : dy) {
                total += value;
            }
            float sum = (float) total;
            float[] probabilities = exponentials(exp, y, shifts, room, y.length);
            for (int i = 0; i < dx.length; i++) {
                dx[i] = dy[i] - probabilities[i] * sum;
            }
        }
    }

    private interface Body {
        void run(Block block, int columns);
    }

    /** Sees tensors as [outer, classes, inner] and goes through them some of the inner columns at a time. */
    private static void forEachBlock(int axis, Body body, Tensor out, Tensor... inputs) {
        Shape shape = out.shape();
        int classes = rowLength(out, axis);
        long inner = shape.strides()[axis];
        long blocks = (inner + WIDTH - 1) / WIDTH;
        long outer = shape.elements() / classes / inner;
        long grain = Math.max(1, GRAIN / (classes * Math.min(WIDTH, inner)));
        out.engine().parallel(outer * blocks, grain, (from, to) -> {
            Block block = new Block(classes, inner, out, inputs);
            for (long at = from; at < to; at++) {
                long column = at % blocks * WIDTH;
                block.first = at / blocks * classes * inner + column;
                body.run(block, (int) Math.min(WIDTH, inner - column));
            }
        });
    }

    /** Neighbouring columns of one matrix [classes, inner], class by class. */
    private static final class Block {
        private final int classes;
        private final long inner;
        private final Tensor out;
        private final Tensor[] inputs;
        private final FloatExponential exp = new FloatExponential(WIDTH);
        private final float[] shifts = new float[WIDTH];
        private final double[] sums = new double[WIDTH];
        private final float[] a = new float[WIDTH];
        private final float[] b = new float[WIDTH];
        private final float[] room = new float[WIDTH];
        private long first;

        Block(int classes, long inner, Tensor out, Tensor... inputs) {
            this.classes = classes;
            this.inner = inner;
            this.out = out;
            this.inputs = inputs;
        }

        private FloatBuffer at(Tensor tensor, int row, int columns) {
            return tensor.buffer((first + row * inner) * Float.BYTES, columns * Float.BYTES)
                    .asFloatBuffer();
        }

        void forward(int columns) {
            Arrays.fill(shifts, Float.NEGATIVE_INFINITY);
            Arrays.fill(sums, 0);
            for (int row = 0; row < classes; row++) {
                at(inputs[0], row, columns).get(0, a, 0, columns);
                for (int i = 0; i < columns; i++) {
                    shifts[i] = Math.max(shifts[i], a[i]);
                }
            }
            for (int row = 0; row < classes; row++) {
                at(inputs[0], row, columns).get(0, a, 0, columns);
                exponentials(exp, a, shifts, room, columns);
                for (int i = 0; i < columns; i++) {
                    sums[i] += room[i];
                }
            }
            for (int i = 0; i < columns; i++) {
                b[i] = (float) Math.log(sums[i]);
            }
            for (int row = 0; row < classes; row++) {
                at(inputs[0], row, columns).get(0, a, 0, columns);
                for (int i = 0; i < columns; i++) {
                    a[i] = a[i] - shifts[i] - b[i];
                }
                at(out, row, columns).put(0, a, 0, columns);
            }
        }

        void backward(int columns) {
            Arrays.fill(shifts, 0);
            Arrays.fill(sums, 0);
            for (int row = 0; row < classes; row++) {
                at(inputs[1], row, columns).get(0, b, 0, columns);
                for (int i = 0; i < columns; i++) {
                    sums[i] += b[i];
                }
            }
            for (int row = 0; row < classes; row++) {
                at(inputs[0], row, columns).get(0, a, 0, columns);
                at(inputs[1], row, columns).get(0, b, 0, columns);
                exponentials(exp, a, shifts, room, columns);
                for (int i = 0; i < columns; i++) {
                    b[i] = b[i] - room[i] * (float) sums[i];
                }
                at(out, row, columns).put(0, b, 0, columns);
            }
        }
    }
}
