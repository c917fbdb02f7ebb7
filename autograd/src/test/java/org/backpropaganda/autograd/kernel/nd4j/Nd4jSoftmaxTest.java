package org.backpropaganda.autograd.kernel.nd4j;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;

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
