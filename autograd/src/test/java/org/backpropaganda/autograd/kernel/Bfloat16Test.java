package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class Bfloat16Test {

    private static double[] roundTrip(double[] x, DType dtype, int threads) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope scope = engine.scope("")) {
            Tensor tensor = scope.allocate(Shape.of(x.length), dtype).set(x);
            Tensor halves = scope.allocate(Shape.of(Bfloat16.words(x.length)), DType.INT);
            Bfloat16.pack(tensor, halves);
            Tensor out = scope.allocate(tensor.shape(), dtype).fill(-77);
            Bfloat16.unpack(halves, out);
            return out.toDoubles();
        }
    }

    /** 1 + 2⁻⁸ lies halfway between 1 and 1 + 2⁻⁷; the even one of two is that whose last bit is 0. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void roundsToTheNearestAndToEven(DType dtype) {
        float below = 1 + 1 / 256f;
        float above = 1 + 3 / 256f;
        double[] x = {below, above, Math.nextUp(below), Math.nextDown(above), -below, 3};
        assertThat(roundTrip(x, dtype, 1)).containsExactly(1, 1.015625, 1.0078125, 1.0078125, -1, 3);
    }

    /** Rounded to a float on the way it would be a tie. */
    @Test
    void aDoubleIsRoundedOnce() {
        double[] x = {1.00390625 + 0x1p-50, 1.01171875 - 0x1p-50, 1e-300, 1e300, -1e300, 0x1p-149 * 0.75};
        double[] back = roundTrip(x, DType.DOUBLE, 1);
        assertThat(back)
                .containsExactly(1.0078125, 1.0078125, 0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void whatIsNoNumberStays(DType dtype) {
        double[] x = {
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            0.0,
            -0.0,
            Float.intBitsToFloat(0x7F800001),
            Float.intBitsToFloat(0xFFFFFFFF),
            Float.MAX_VALUE
        };
        double[] back = roundTrip(x, dtype, 1);
        assertThat(back)
                .containsExactly(
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY,
                        0.0,
                        -0.0,
                        Double.NaN,
                        Double.NaN,
                        Double.POSITIVE_INFINITY);
        assertThat(Double.doubleToRawLongBits(back[4])).isEqualTo(Double.doubleToRawLongBits(-0.0));
    }

    /** By the distance to the two neighbours that have 8 bits, in exact arithmetic. */
    @ParameterizedTest
    @CsvSource({"FLOAT, 1, 1", "FLOAT, 2, 1", "FLOAT, 4097, 1", "FLOAT, 100001, 3", "DOUBLE, 3, 1", "DOUBLE, 100001, 2"
    })
    void everyElementIsTheNearest(DType dtype, int count, int threads) {
        SplittableRandom random = new SplittableRandom(count);
        double[] x = new double[count];
        for (int i = 0; i < count; i++) {
            float any = Float.intBitsToFloat(random.nextInt() & 0x7F7EFFFF);
            x[i] = dtype == DType.FLOAT ? any : any * (1 + random.nextDouble() * 0x1p-24);
        }
        double[] back = roundTrip(x, dtype, threads);
        for (int i = 0; i < count; i++) {
            float below = Float.intBitsToFloat(Float.floatToRawIntBits(below((float) x[i], x[i])) & 0xFFFF0000);
            float above = Float.intBitsToFloat(Float.floatToRawIntBits(below) + 0x10000);
            BigDecimal value = new BigDecimal(x[i]);
            int nearer = value.subtract(new BigDecimal(below)).compareTo(new BigDecimal(above).subtract(value));
            boolean belowIsEven = (Float.floatToRawIntBits(below) & 0x10000) == 0;
            assertThat(back[i]).isEqualTo(nearer < 0 || (nearer == 0 && belowIsEven) ? below : above);
        }
    }

    private static float below(float near, double value) {
        return near > value ? Math.nextDown(near) : near;
    }
}
