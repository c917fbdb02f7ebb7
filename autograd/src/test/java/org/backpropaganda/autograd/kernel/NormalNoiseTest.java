package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NormalNoiseTest {
    private static final int COUNT = 200_003;

    /** Of {@code statistics.NormalDist} of Python. */
    @ParameterizedTest
    @CsvSource({
        "0.5, 0",
        "0.6, 0.2533471031357998",
        "0.075, -1.4395314709384557",
        "0.0749, -1.4402382675279632",
        "0.925, 1.439531470938456",
        "0.975, 1.9599639845400536",
        "0.999, 3.090232306167813",
        "0.9999999, 5.199337582290662",
        "1e-10, -6.361340902404056",
        "1.1102230246251565e-16, -8.209536151601386"
    })
    void quantilesAreThoseOfTables(double share, double expected) {
        assertThat(NormalNoise.quantile(share)).isCloseTo(expected, within(1e-14 * (1 + Math.abs(expected))));
    }

    @Test
    void quantilesInvertTheDistributionFunction() {
        for (double u = 1e-15; u < 0.5; u *= 1.07) {
            assertThat(ErrorFunction.normal(NormalNoise.quantile(u))).isCloseTo(u, Percentage.withPercentage(1e-10));
            assertThat(NormalNoise.quantile(1 - u)).isCloseTo(-NormalNoise.quantile(u), within(1e-15 / u));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 0x9E3779B97F4A7C15L})
    void momentsAreThoseOfTheNormal(long key) {
        double[] moments = new double[5];
        double neighbours = 0;
        double otherKey = 0;
        for (int i = 0; i < COUNT; i++) {
            double z = NormalNoise.at(key, i);
            for (int k = 1; k <= 4; k++) {
                moments[k] += Math.pow(z, k) / COUNT;
            }
            neighbours += z * NormalNoise.at(key, i + 1) / COUNT;
            otherKey += z * NormalNoise.at(key + 1, i) / COUNT;
        }
        double deviation = 1 / Math.sqrt(COUNT);
        assertThat(moments[1]).isCloseTo(0, within(5 * deviation));
        assertThat(moments[2]).isCloseTo(1, within(5 * Math.sqrt(2) * deviation));
        assertThat(moments[3]).isCloseTo(0, within(5 * Math.sqrt(15) * deviation));
        assertThat(moments[4]).isCloseTo(3, within(5 * Math.sqrt(96) * deviation));
        assertThat(neighbours).isCloseTo(0, within(5 * deviation));
        assertThat(otherKey).isCloseTo(0, within(5 * deviation));
    }

    private record Drawn(List<Double> sum, List<Double> dots) {}

    private static double[] values() {
        return new SplittableRandom(3).doubles(COUNT, -1, 1).toArray();
    }

    private static List<Double> boxed(double[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    private static Drawn drawn(DType dtype, int threads) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope scope = engine.scope("")) {
            Tensor x = scope.allocate(Shape.of(COUNT), dtype).set(values());
            Tensor out = scope.allocate(Shape.of(COUNT), dtype);
            double[] dots = NormalNoise.dot(x, 8, 9);
            NormalNoise.add(out, 0.75, x, new long[] {8, 9}, new double[] {2, -0.5});
            NormalNoise.add(x, 0.75, x, new long[] {8, 9}, new double[] {2, -0.5});
            assertThat(x.toDoubles()).isEqualTo(out.toDoubles());
            return new Drawn(boxed(out.toDoubles()), boxed(dots));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void isTheSameForEveryThreadCount(DType dtype) {
        Drawn one = drawn(dtype, 1);
        for (int threads : new int[] {2, 3, 5}) {
            Drawn more = drawn(dtype, threads);
            assertThat(more.sum()).isEqualTo(one.sum());
            assertThat(more.dots()).isEqualTo(one.dots());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void addsAndMultipliesWhatStandsInEachPlace(DType dtype) {
        double[] x = values();
        Drawn drawn = drawn(dtype, 2);
        List<Double> expected = IntStream.range(0, COUNT)
                .mapToDouble(i -> dtype.nearest(
                        0.75 * dtype.nearest(x[i]) + 2 * NormalNoise.at(8, i) + -0.5 * NormalNoise.at(9, i)))
                .boxed()
                .toList();
        assertThat(drawn.sum()).isEqualTo(expected);
        for (int s = 0; s < 2; s++) {
            long key = 8L + s;
            double dot = IntStream.range(0, COUNT)
                    .mapToDouble(i -> dtype.nearest(x[i]) * NormalNoise.at(key, i))
                    .sum();
            assertThat(drawn.dots().get(s)).isCloseTo(dot, within(1e-9));
        }
    }
}
