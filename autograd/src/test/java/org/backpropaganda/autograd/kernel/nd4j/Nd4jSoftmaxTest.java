package org.backpropaganda.autograd.kernel.nd4j;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.backpropaganda.autograd.kernel.SoftmaxKernel.Function;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class Nd4jSoftmaxTest {
    @Property(tries = 150)
    void isExponentialOverSum(
            @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 1, max = 11) Integer> dims, @ForAll boolean inPlace) {
        check(1, inPlace, dims.stream().mapToLong(d -> d).toArray());
    }

    @Test
    void worksOnManyElementsAndLargeOnes() {
        check(1, false, 20011, 10);
        check(1, true, 7, 5003);
        check(1000, false, 64, 10);
    }

    @Property(tries = 150)
    void worksAlongAnyAxis(
            @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 1, max = 7) Integer> dims,
            @ForAll @IntRange(max = 3) int axis,
            @ForAll Function function,
            @ForAll boolean inPlace) {
        checkAlong(
                function,
                axis % dims.size(),
                inPlace,
                dims.stream().mapToLong(d -> d).toArray());
    }

    @ParameterizedTest
    @EnumSource(Function.class)
    void worksAlongAnyAxisOfManyElements(Function function) {
        checkAlong(function, 0, false, 10, 20011);
        checkAlong(function, 1, true, 11, 1000, 13);
    }

    private static void checkAlong(Function function, int axis, boolean inPlace, long... dims) {
        try (Sandbox box = new Sandbox()) {
            Tensor x = box.random(dims);
            Tensor dy = box.random(dims);
            double[] values = x.toDoubles();
            double[] ds = dy.toDoubles();
            double[] expected = new double[values.length];
            double[] gradient = new double[values.length];
            boolean log = function == Function.LOG_SOFTMAX;
            int count = (int) dims[axis];
            int stride = (int) x.shape().strides()[axis];
            for (int first = 0; first < values.length; first++) {
                if (first / stride % count != 0) {
                    continue;
                }
                double sum = 0;
                for (int i = 0; i < count; i++) {
                    sum += Math.exp(values[first + i * stride]);
                }
                double flow = 0;
                for (int i = 0; i < count; i++) {
                    int at = first + i * stride;
                    double p = Math.exp(values[at]) / sum;
                    expected[at] = log ? Math.log(p) : p;
                    flow += log ? ds[at] : p * ds[at];
                }
                for (int i = 0; i < count; i++) {
                    int at = first + i * stride;
                    gradient[at] = log ? ds[at] - Math.exp(expected[at]) * flow : expected[at] * (ds[at] - flow);
                }
            }
            Tensor y = inPlace ? x : box.empty(dims);
            box.call(() -> box.kernels.softmax().forward(function, axis, x, y));
            Sandbox.assertClose(y, expected);
            Tensor dx = inPlace ? dy : box.empty(dims);
            box.call(() -> box.kernels.softmax().backward(function, axis, y, dy, dx));
            Sandbox.assertClose(dx, gradient);
        }
    }

    private static void check(double scale, boolean inPlace, long... dims) {
        try (Sandbox box = new Sandbox()) {
            Tensor x = box.random(dims);
            double[] values = x.toDoubles();
            int row = (int) dims[dims.length - 1];
            double[] expected = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                values[i] *= scale;
            }
            for (int from = 0; from < values.length; from += row) {
                double max = Double.NEGATIVE_INFINITY;
                for (int i = from; i < from + row; i++) {
                    max = Math.max(max, values[i]);
                }
                double sum = 0;
                for (int i = from; i < from + row; i++) {
                    expected[i] = Math.exp(values[i] - max);
                    sum += expected[i];
                }
                for (int i = from; i < from + row; i++) {
                    expected[i] /= sum;
                }
            }
            x.set(values);
            Tensor y = inPlace ? x : box.empty(dims);
            box.call(() -> box.kernels.softmax().forward(x, y));
            Sandbox.assertClose(y, expected);
        }
    }
}
