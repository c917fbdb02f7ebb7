package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SignBitsTest {

    @ParameterizedTest
    @CsvSource({
        "FLOAT, 1, 1",
        "FLOAT, 7, 1",
        "FLOAT, 8, 1",
        "FLOAT, 4097, 2",
        "FLOAT, 200003, 3",
        "DOUBLE, 1, 1",
        "DOUBLE, 9, 1",
        "DOUBLE, 4096, 2",
        "DOUBLE, 200003, 3"
    })
    void selectsByTheSign(DType dtype, int count, int threads) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope scope = engine.scope("")) {
            SplittableRandom random = new SplittableRandom(count);
            double[] x = random.ints(count, -1, 2).asDoubleStream().toArray();
            double[] dy = random.ints(count, -100, 100).asDoubleStream().toArray();
            Tensor bits = scope.allocate(Shape.of(count), DType.BIT);
            SignBits.pack(scope.allocate(Shape.of(count), dtype).set(x), bits);
            assertThat(positive(scope, bits, dtype))
                    .isEqualTo(Arrays.stream(x).map(v -> v > 0 ? 1 : 0).toArray());

            double[] expected = new double[count];
            for (int i = 0; i < count; i++) {
                expected[i] = x[i] > 0 ? dy[i] : 0.25 * dy[i];
            }
            Tensor gradient = scope.allocate(Shape.of(count), dtype).set(dy);
            Tensor out = scope.allocate(Shape.of(count), dtype);
            SignBits.select(gradient, bits, 0.25, out);
            assertThat(out.toDoubles()).isEqualTo(expected);
            assertThat(gradient.toDoubles()).isEqualTo(dy);
            SignBits.select(gradient, bits, 0.25, gradient);
            assertThat(gradient.toDoubles()).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void zerosAndNaNAreNotPositive(DType dtype) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            double[] x = {0.0, -0.0, Double.NaN, Double.MIN_VALUE, Float.MIN_VALUE, Double.POSITIVE_INFINITY, -1};
            Tensor bits = scope.allocate(Shape.of(7), DType.BIT);
            SignBits.pack(scope.allocate(Shape.of(7), dtype).set(x), bits);
            double tiny = dtype == DType.DOUBLE ? 1 : 0;
            assertThat(positive(scope, bits, dtype)).containsExactly(0, 0, 0, tiny, 1, 1, 0);
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 1, 1", "FLOAT, 9, 2", "FLOAT, 200003, 3", "DOUBLE, 9, 1", "DOUBLE, 200003, 2"})
    void choosesBetweenTwo(DType dtype, int count, int threads) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope scope = engine.scope("")) {
            SplittableRandom random = new SplittableRandom(count);
            int[] condition = random.ints(count, -1, 3).toArray();
            double[] a = random.ints(count, 1, 100).asDoubleStream().toArray();
            double[] b = random.ints(count, -100, 0).asDoubleStream().toArray();
            Tensor bits = scope.allocate(Shape.of(count), DType.BIT);
            SignBits.pack(scope.allocate(Shape.of(count), DType.INT).set(condition), bits);
            Tensor first = scope.allocate(Shape.of(count), dtype).set(a);
            Tensor second = scope.allocate(Shape.of(count), dtype).set(b);
            Tensor out = scope.allocate(Shape.of(count), dtype);
            SignBits.choose(first, second, bits, out);
            assertThat(out.toDoubles()).isEqualTo(chosen(condition, a, b));
            SignBits.choose(first, null, bits, out);
            assertThat(out.toDoubles()).isEqualTo(chosen(condition, a, new double[count]));
            SignBits.choose(null, second, bits, second);
            assertThat(second.toDoubles()).isEqualTo(chosen(condition, new double[count], b));
        }
    }

    private static double[] chosen(int[] condition, double[] a, double[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> condition[i] > 0 ? a[i] : b[i])
                .toArray();
    }

    /** 1 where the bit is set. */
    private static double[] positive(TensorScope scope, Tensor bits, DType dtype) {
        Tensor ones = scope.allocate(bits.shape(), dtype).fill(1);
        SignBits.select(ones, bits, 0, ones);
        return ones.toDoubles();
    }

    /** Nothing is left of an infinite gradient that a rectifier blocks. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void selectionIsNoProduct(DType dtype) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            Tensor bits = scope.allocate(Shape.of(2), DType.BIT);
            SignBits.pack(scope.allocate(Shape.of(2), dtype).set(new double[] {-1, 1}), bits);
            Tensor dy = scope.allocate(Shape.of(2), dtype).fill(Double.POSITIVE_INFINITY);
            SignBits.select(dy, bits, 0, dy);
            assertThat(dy.toDoubles()).containsExactly(0, Double.POSITIVE_INFINITY);
        }
    }

    /** Bits of a last byte beyond the tensor are zero, so that equal signs are equal bytes. */
    @Test
    void theLastByteIsPaddedWithZeros() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            Tensor bits = scope.allocate(Shape.of(3), DType.BIT);
            bits.buffer(0, 1).put((byte) 0xFF);
            SignBits.pack(scope.allocate(Shape.of(3), DType.FLOAT).fill(1), bits);
            assertThat(bits.buffer(0, 1).get()).isEqualTo((byte) 0b111);
        }
    }
}
