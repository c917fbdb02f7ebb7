package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.kernel.SoftmaxKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/** In Java: ND4J's softmax subtracts no negative maximum, its logarithm underflows, and gradients from the output it has none. */
final class Nd4jSoftmax implements SoftmaxKernel {
    @Override
    public void forward(Function function, int axis, Tensor x, Tensor y) {
        Doubles from = new Doubles(x);
        Doubles to = new Doubles(y);
        boolean log = function == Function.LOG_SOFTMAX;
        forEachRow(x, axis, (first, stride, count) -> {
            double max = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < count; i++) {
                max = Math.max(max, from.get(first + i * stride));
            }
            double sum = 0;
            for (int i = 0; i < count; i++) {
                double exp = Math.exp(from.get(first + i * stride) - max);
                sum += exp;
                if (!log) {
                    to.set(first + i * stride, exp);
                }
            }
            double logSum = Math.log(sum);
            for (int i = 0; i < count; i++) {
                long at = first + i * stride;
                to.set(at, log ? from.get(at) - max - logSum : to.get(at) / sum);
            }
        });
    }

    @Override
    public void backward(Function function, int axis, Tensor y, Tensor dy, Tensor dx) {
        Doubles outputs = new Doubles(y);
        Doubles from = new Doubles(dy);
        Doubles to = new Doubles(dx);
        boolean log = function == Function.LOG_SOFTMAX;
        forEachRow(y, axis, (first, stride, count) -> {
            double sum = 0;
            for (int i = 0; i < count; i++) {
                double d = from.get(first + i * stride);
                sum += log ? d : d * outputs.get(first + i * stride);
            }
            for (int i = 0; i < count; i++) {
                double output = outputs.get(first + i * stride);
                double d = from.get(first + i * stride);
                to.set(first + i * stride, log ? d - Math.exp(output) * sum : output * (d - sum));
            }
        });
    }

    /** The elements along an axis: {@code first}, {@code first + stride}, and so on. */
    private interface Row {
        void accept(long first, long stride, long count);
    }

    private static void forEachRow(Tensor tensor, int axis, Row body) {
        Shape shape = tensor.shape();
        long count = shape.dim(axis);
        long stride = shape.strides()[axis];
        long grain = Math.max(1, Doubles.GRAIN / count);
        tensor.engine().parallel(tensor.elements() / count, grain, (from, to) -> {
            for (long row = from; row < to; row++) {
                body.accept(row / stride * stride * count + row % stride, stride, count);
            }
        });
    }
}
