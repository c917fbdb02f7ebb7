package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutMaskTest {
    private static final int COUNT = 200_003;

    private static double[] masked(DType dtype, int threads, long key, double keep) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope scope = engine.scope("")) {
            Tensor x = scope.allocate(Shape.of(COUNT), dtype).fill(3);
            Tensor out = scope.allocate(Shape.of(COUNT), dtype);
            DropoutMask.apply(key, keep, x, out);
            DropoutMask.apply(key, keep, x, x);
            assertThat(x.toDoubles()).isEqualTo(out.toDoubles());
            return x.toDoubles();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void isTheSameForEveryThreadCount(DType dtype) {
        double[] one = masked(dtype, 1, 42, 0.7);
        assertThat(masked(dtype, 2, 42, 0.7)).isEqualTo(one);
        assertThat(masked(dtype, 5, 42, 0.7)).isEqualTo(one);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-3, 0.1, 0.5, 0.9, 0.999})
    void keepsTheRateAndTheMean(double keep) {
        double deviation = Math.sqrt(keep * (1 - keep) / COUNT);
        for (long key : new long[] {0, 1, -1, 0x9E3779B97F4A7C15L}) {
            double[] y = masked(DType.DOUBLE, 2, key, keep);
            double kept = Arrays.stream(y).filter(v -> v != 0).count() / (double) COUNT;
            assertThat(kept).as("rate under key %d", key).isCloseTo(keep, within(5 * deviation));
            assertThat(Arrays.stream(y).allMatch(v -> v == 0 || Math.abs(v - 3 / keep) < 1e-12 / keep))
                    .isTrue();
            double mean = Arrays.stream(y).average().orElseThrow();
            assertThat(mean).as("mean under key %d", key).isCloseTo(3, within(5 * 3 * deviation / keep));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void keepingAllIsTheIdentity(DType dtype) {
        assertThat(Arrays.stream(masked(dtype, 2, 7, 1)).allMatch(v -> v == 3)).isTrue();
    }

    /** Masks of different keys, and neighbours within one mask, agree as often as coins do. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 0x9E3779B97F4A7C15L, 1L << 63})
    void masksOfDifferentKeysAreUnrelated(long distance) {
        double[] a = masked(DType.FLOAT, 1, 5, 0.5);
        double[] b = masked(DType.FLOAT, 1, 5 + distance, 0.5);
        int agreeing = 0;
        int neighbours = 0;
        for (int i = 1; i < COUNT; i++) {
            agreeing += a[i] == b[i] ? 1 : 0;
            neighbours += a[i] == a[i - 1] ? 1 : 0;
        }
        double bound = 5 * Math.sqrt(0.25 * COUNT);
        assertThat((double) agreeing).isCloseTo(COUNT / 2.0, within(bound));
        assertThat((double) neighbours).isCloseTo(COUNT / 2.0, within(bound));
    }
}
