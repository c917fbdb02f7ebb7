package org.backpropaganda.reversible.exact;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rounding and sums against decimal arithmetic of any length. */
class GridLoopTest {
    private static final int COUNT = 20_000;
    private static final FixedPoint GRID = FixedPoint.STANDARD;

    private static double exactly(double x, DType dtype) {
        BigDecimal units = new BigDecimal(x).multiply(new BigDecimal(GRID.scale(dtype)));
        return units.setScale(0, RoundingMode.HALF_EVEN)
                .divide(new BigDecimal(GRID.scale(dtype)))
                .doubleValue();
    }

    /** Of all sizes up to a bound, halves of units among them, and both zeros. */
    private static double[] numbers(DType dtype, double bound, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] numbers = new double[COUNT];
        for (int i = 0; i < COUNT; i++) {
            double size = bound * Math.scalb(1.0, -random.nextInt(30));
            double number = dtype.nearest(random.nextDouble(-size, size));
            numbers[i] = switch (i % 4) {
                case 0 -> exactly(number, dtype);
                case 1 -> dtype.nearest(exactly(number / 8, dtype) + GRID.resolution(dtype) / 2);
                default -> number;
            };
        }
        numbers[0] = -0.0;
        numbers[1] = GRID.range(dtype) * 0.49;
        return numbers;
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT", "DOUBLE"})
    void roundsToTheNearestAndOfTwoToTheEvenOne(DType dtype) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("")) {
            double[] numbers = numbers(dtype, 0.99 * GRID.range(dtype), 1);
            Tensor x = scope.allocate(Shape.of(COUNT), dtype).set(numbers);
            GridLoop.round(GRID, x, x);
            double[] rounded = x.toDoubles();
            for (int i = 0; i < COUNT; i++) {
                assertThat(rounded[i]).as("%s", numbers[i]).isEqualTo(exactly(numbers[i], dtype) + 0.0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT", "DOUBLE"})
    void whatIsAddedIsTakenAwayToTheBit(DType dtype) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("")) {
            double[] numbers = numbers(dtype, 0.5 * GRID.range(dtype), 2);
            double[] values = numbers(dtype, 0.49 * GRID.range(dtype), 3);
            Tensor x = scope.allocate(Shape.of(COUNT), dtype).set(numbers);
            Tensor v = scope.allocate(Shape.of(COUNT), dtype).set(values);
            GridLoop.round(GRID, x, x);
            double[] before = x.toDoubles();
            GridLoop.sum(GRID, 1, x, v, x);
            double[] sums = x.toDoubles();
            for (int i = 0; i < COUNT; i++) {
                assertThat(sums[i]).isEqualTo(before[i] + exactly(values[i], dtype) + 0.0);
            }
            GridLoop.sum(GRID, -1, x, v, x);
            assertThat(x.toDoubles()).containsExactly(before);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT", "DOUBLE"})
    void sumsAreOfRoundedNumbersAndNeverNegativeZero(DType dtype) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("")) {
            double[] numbers = numbers(dtype, 0.5 * GRID.range(dtype), 2);
            double[] values = numbers(dtype, 0.49 * GRID.range(dtype), 3);
            double[] sums = new double[COUNT];
            for (int i = 0; i < COUNT; i++) {
                sums[i] = exactly(numbers[i], dtype) + exactly(values[i], dtype) + 0.0;
            }
            Tensor x = scope.allocate(Shape.of(COUNT), dtype).set(numbers);
            Tensor v = scope.allocate(Shape.of(COUNT), dtype).set(values);
            GridLoop.sum(GRID, 1, x, v, v);
            assertThat(v.toDoubles()).containsExactly(sums);
        }
    }
}
