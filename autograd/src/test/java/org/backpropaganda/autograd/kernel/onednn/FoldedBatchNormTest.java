package org.backpropaganda.autograd.kernel.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Counts of channels that fill no vectors, against the same in double. */
class FoldedBatchNormTest {
    private static final double EPSILON = 1e-3;

    @ParameterizedTest
    @CsvSource({
        "32768, 1, true",
        "16384, 3, true",
        "100000, 6, true",
        "40000, 10, true",
        "16384, 33, true",
        "512, 250, true",
        "10923, 3, false",
        "16384, 12, true",
        "8192, 24, false",
        "512, 3, false"
    })
    void agreesWithDouble(int rows, int channels, boolean folds) {
        double[] x = gaussians(rows, channels, 1);
        double[] dy = gaussians(rows, channels, 2);
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("")) {
            Results narrow = Results.of(scope, DType.FLOAT, x, dy, channels);
            Results wide = Results.of(scope, DType.DOUBLE, x, dy, channels);
            assertThat(narrow.folds).isEqualTo(folds);
            for (int i = 0; i < wide.values.length; i++) {
                double size = Math.max(1, largest(wide.values[i], new double[wide.values[i].length]));
                // Sums over all rows cancel, so that their errors grow with the rows.
                double tolerance = i < Results.SUMS ? 1e-5 * size : 2e-6 * rows;
                assertThat(largest(narrow.values[i], wide.values[i]))
                        .as("result %d", i)
                        .isLessThan(tolerance);
            }
        }
    }

    /** A channel of NaN and one of equal numbers leave the third alone. */
    @Test
    void channelsStayApart() {
        double[] x = gaussians(16384, 3, 1);
        double[] dy = gaussians(16384, 3, 2);
        double[] spoilt = x.clone();
        spoilt[3 * 77] = Double.NaN;
        for (int i = 1; i < x.length; i += 3) {
            spoilt[i] = 0.1f;
        }
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("")) {
            Results sound = Results.of(scope, DType.FLOAT, x, dy, 3);
            Results broken = Results.of(scope, DType.FLOAT, spoilt, dy, 3);
            double beta = gaussians(1, 3, 4)[1];
            for (int i = 0; i < 3 * 16384; i += 3) {
                assertThat(broken.values[0][i]).isNaN();
                assertThat(broken.values[0][i + 1]).isCloseTo(beta, within(1e-5));
                assertThat(broken.values[0][i + 2]).isEqualTo(sound.values[0][i + 2]);
                assertThat(broken.values[3][i + 2]).isEqualTo(sound.values[3][i + 2]);
            }
        }
    }

    private static double largest(double[] a, double[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    private static double[] gaussians(int rows, int channels, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[rows * channels];
        Arrays.setAll(values, i -> (float) ((1 + i % channels % 7) * (0.5 + random.nextGaussian())));
        return values;
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Results(boolean folds, double[][] values) {
        /** From this one on. */
        static final int SUMS = 5;

        static Results of(TensorScope root, DType dtype, double[] x, double[] dy, int channels) {
            Shape shape = Shape.of(x.length / channels, channels);
            Shape vector = Shape.of(channels);
            try (TensorScope scope = root.child()) {
                Tensor in = scope.allocate(shape, dtype).set(x);
                Tensor gamma = scope.allocate(vector, dtype).set(gaussians(1, channels, 3));
                Tensor beta = scope.allocate(vector, dtype).set(gaussians(1, channels, 4));
                Tensor mean = scope.allocate(vector, dtype);
                Tensor variance = scope.allocate(vector, dtype);
                Tensor y = scope.allocate(shape, dtype).set(x);
                Tensor dx = scope.allocate(shape, dtype).set(dy);
                Tensor constant = scope.allocate(shape, dtype).set(dy);
                Tensor dGamma = scope.allocate(vector, dtype);
                Tensor dBeta = scope.allocate(vector, dtype);
                BatchNormKernel kernel = Kernels.of(in).batchNorm();
                kernel.forwardTraining(y, gamma, beta, EPSILON, y, mean, variance);
                kernel.backward(
                        new BatchNormKernel.Normalised(in, mean, variance, gamma, EPSILON),
                        false,
                        new BatchNormKernel.Slopes(dx, dx, dGamma, dBeta));
                kernel.backward(
                        new BatchNormKernel.Normalised(in, mean, variance, gamma, EPSILON),
                        true,
                        new BatchNormKernel.Slopes(constant, constant, null, null));
                OneDnn oneDnn = new OneDnn(scope.engine());
                boolean folds = new FoldedBatchNorm(oneDnn, new OneDnnBatchNorm(oneDnn)).takes(in);
                oneDnn.close();
                return new Results(folds, new double[][] {
                    y.toDoubles(),
                    mean.toDoubles(),
                    variance.toDoubles(),
                    dx.toDoubles(),
                    constant.toDoubles(),
                    dGamma.toDoubles(),
                    dBeta.toDoubles()
                });
            }
        }
    }
}
