package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LevelCodesTest {
    private static final float[] THRESHOLDS = {-3.1f, -0.001f, 3.2f};
    private static final float[] VALUES = {-40, 0.5f, 7, 40};

    private static double[] roundTrip(double[] x, float[] thresholds, DType dtype, int threads) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope scope = engine.scope("")) {
            Tensor tensor = scope.allocate(Shape.of(x.length), dtype).set(x);
            Tensor codes = scope.allocate(Shape.of(LevelCodes.words(x.length)), DType.INT);
            LevelCodes.pack(tensor, thresholds, codes);
            Tensor out = scope.allocate(tensor.shape(), dtype).fill(-77);
            LevelCodes.unpack(codes, VALUES, out);
            return out.toDoubles();
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 1, 1", "FLOAT, 17, 1", "FLOAT, 2049, 1", "FLOAT, 100003, 3", "DOUBLE, 5, 1", "DOUBLE, 100003, 2"
    })
    void eachElementComesBackAsTheValueOfItsInterval(DType dtype, int count, int threads) {
        SplittableRandom random = new SplittableRandom(count);
        double[] x = random.doubles(count, -6, 6).map(v -> (float) v).toArray();
        double[] expected = Arrays.stream(x)
                .map(v -> v <= THRESHOLDS[0] ? -40 : v <= THRESHOLDS[1] ? 0.5 : v <= THRESHOLDS[2] ? 7 : 40)
                .toArray();
        assertThat(roundTrip(x, THRESHOLDS, dtype, threads)).isEqualTo(expected);
    }

    @Test
    void aThresholdBelongsBelowAndWhatIsBeyondAllFloatsIsOutermost() {
        double[] x = {
            THRESHOLDS[0],
            Math.nextUp(THRESHOLDS[0]),
            THRESHOLDS[2],
            Math.nextUp(THRESHOLDS[2]),
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            -Float.MAX_VALUE,
            Float.MAX_VALUE,
            Double.NaN
        };
        assertThat(roundTrip(x, THRESHOLDS, DType.FLOAT, 1)).containsExactly(-40, 0.5, 7, 40, 40, -40, -40, 40, 40);
    }

    @Test
    void zerosAreBetweenThresholdsOfEitherSign() {
        float[] around = {-Float.MIN_VALUE, Float.MIN_VALUE, Float.MAX_VALUE};
        assertThat(roundTrip(new double[] {0, -0.0, 2e-45, -2e-45}, around, DType.FLOAT, 1))
                .containsExactly(0.5, 0.5, 0.5, -40);
    }
}
