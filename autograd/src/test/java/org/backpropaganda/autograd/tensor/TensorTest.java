package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class TensorTest {
    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope scope = engine.scope("test");

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor tensor(DType dtype, long... dims) {
        return scope.allocate(Shape.of(dims), dtype);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE", "INT"})
    void givesBackWhatWasSet(DType dtype) {
        Tensor tensor = tensor(dtype, 2, 3).set(1, -2, 3, -4, 5, 1e6);
        assertThat(tensor.toDoubles()).containsExactly(1, -2, 3, -4, 5, 1e6);
        assertThat(tensor.zero().toDoubles()).containsOnly(0);
        assertThat(tensor.fill(7).toDoubles()).containsOnly(7);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE", "INT"})
    void takesIntegers(DType dtype) {
        assertThat(tensor(dtype, 3).set(1, 2, -3).toDoubles()).containsExactly(1, 2, -3);
    }

    @Test
    void narrowsToFloats() {
        assertThat(tensor(DType.FLOAT, 2).set(0.1, 1e300).toDoubles())
                .containsExactly((double) 0.1f, Double.POSITIVE_INFINITY);
    }

    /** Longer than any piece in which copies and loops go, by an odd number of elements. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE", "INT"})
    void largeTensorsArriveWhole(DType dtype) {
        int count = (1 << 17) + 13;
        double[] values = new SplittableRandom(1)
                .ints(count, -1000, 1000)
                .asDoubleStream()
                .toArray();
        Tensor tensor = tensor(dtype, count).set(values);
        assertThat(tensor.toDoubles()).isEqualTo(values);
        assertThat(tensor(dtype, count).copyFrom(tensor).toDoubles()).isEqualTo(values);
        double[] filled = new double[count];
        assertThat(tensor.zero().toDoubles()).isEqualTo(filled);
        Arrays.fill(filled, -3);
        assertThat(tensor.fill(-3).toDoubles()).isEqualTo(filled);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void setsARangeOfFloats(DType dtype) {
        Tensor tensor = tensor(dtype, 5).fill(-1).set(1, new float[] {9, 0.5f, 1.5f, 9}, 1, 2);
        assertThat(tensor.toDoubles()).containsExactly(-1, 0.5, 1.5, -1, -1);
    }

    @Test
    void packedTypesCopyAndRead() {
        Tensor bits = tensor(DType.BIT, 11).zero();
        bits.buffer(0, 2).put((byte) 0b1000_0101).put((byte) 0b110);
        assertThat(bits.toDoubles()).containsExactly(1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1);
        assertThat(tensor(DType.BIT, 11).copyFrom(bits).toDoubles()).containsExactly(bits.toDoubles());

        Tensor bytes = tensor(DType.BYTE, 3);
        bytes.buffer(0, 3).put(new byte[] {0, 127, (byte) 255});
        assertThat(bytes.toDoubles()).containsExactly(0, 127, 255);
        assertThat(tensor(DType.BYTE, 3).copyFrom(bytes).toDoubles()).containsExactly(0, 127, 255);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE", "INT"})
    void lendsAnArrayOverItsBytes(DType dtype) {
        Tensor tensor = tensor(dtype, 2, 3).set(1, 2, 3, 4, 5, 6);
        double corner = tensor.withArray(array -> {
            array.putScalar(0, 2, 30);
            return array.getDouble(1, 0);
        });
        assertThat(corner).isEqualTo(4);
        assertThat(tensor.toDoubles()).containsExactly(1, 2, 30, 4, 5, 6);
        assertThat(Arrays.stream(tensor.withArray(INDArray::shape))).containsExactly(2L, 3L);
    }

    @Test
    void itemIsForOneElement() {
        assertThat(tensor(DType.DOUBLE).set(2.5).item()).isEqualTo(2.5);
        assertThat(tensor(DType.INT, 1, 1).set(new int[] {4}).item()).isEqualTo(4);
        assertRefused(() -> tensor(DType.DOUBLE, 2).item(), "item: DOUBLE[2] has 2 elements, not one");
    }

    @Test
    void countsWrites() {
        Tensor tensor = tensor(DType.FLOAT, 2);
        Tensor view = scope.view(tensor, Shape.of(2, 1));
        assertThat(tensor.version()).isZero();
        assertThat(tensor.lastWriter()).isNull();
        view.written("relu_");
        assertThat(tensor.version()).isOne();
        assertThat(tensor.lastWriter()).isEqualTo("relu_");
        tensor.set(1, 2);
        assertThat(view.version()).isEqualTo(2);
        assertThat(view.lastWriter()).isEqualTo("set");
        tensor.fill(3).zero().copyFrom(tensor(DType.FLOAT, 2).zero());
        assertThat(view.version()).isEqualTo(5);
    }

    @Test
    void refusesWhatDoesNotFit() {
        Tensor floats = tensor(DType.FLOAT, 2, 3);
        assertRefused(() -> floats.set(1, 2), "set: 2 values for FLOAT[2, 3]");
        assertRefused(() -> floats.set(new int[5]), "set: 5 values for FLOAT[2, 3]");
        assertRefused(() -> tensor(DType.BIT, 2).set(new int[2]), "BIT");
        assertRefused(() -> floats.copyFrom(tensor(DType.FLOAT, 3, 2)), "source FLOAT[3, 2], destination FLOAT[2, 3]");
        assertRefused(() -> floats.copyFrom(tensor(DType.DOUBLE, 2, 3)), "source DOUBLE[2, 3]");
        assertRefused(() -> tensor(DType.BIT, 2).set(1, 0), "BIT");
        assertRefused(() -> tensor(DType.BIT, 2).fill(1), "BIT");
        assertRefused(() -> tensor(DType.BYTE, 2).fill(1), "BYTE");
        assertRefused(() -> tensor(DType.INT, 2).set(0, new float[2], 0, 2), "INT");
        assertRefused(() -> tensor(DType.BIT, 2).withArray(INDArray::rank), "ND4J has no packed BIT arrays");
    }

    @ParameterizedTest
    @CsvSource({"-1, 1", "0, 7", "6, 1", "0, -1", "9223372036854775807, 2"})
    void refusesARangeOutside(long from, int count) {
        Tensor floats = tensor(DType.FLOAT, 2, 3);
        assertRefused(() -> floats.set(from, new float[8], 0, count), "of FLOAT[2, 3]");
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatExceptionOfType(ShapeException.class).isThrownBy(call).withMessageContaining(message);
    }
}
