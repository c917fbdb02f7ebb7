package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
import org.junit.jupiter.params.provider.ValueSource;

class ChannelCodesTest {

    private static final class Channels {
        private final double[] gamma;
        private final double[] beta;

        Channels(double[] gamma, double[] beta) {
            this.gamma = gamma;
            this.beta = beta;
        }
    }

    private static double[] roundTrip(
            double[] x, Channels channels, int bits, boolean rectified, DType dtype, int threads) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope scope = engine.scope("")) {
            int c = channels.gamma.length;
            Tensor tensor = scope.allocate(Shape.of(x.length / c, c), dtype).set(x);
            Tensor gamma = scope.allocate(Shape.of(c), dtype).set(channels.gamma);
            Tensor beta = scope.allocate(Shape.of(c), dtype).set(channels.beta);
            Tensor codes = scope.allocate(Shape.of(ChannelCodes.words(x.length, bits)), DType.INT);
            Tensor scales = scope.allocate(Shape.of(ChannelCodes.PARAMETERS, c), DType.FLOAT);
            ChannelCodes.pack(tensor, gamma, beta, bits, codes, scales);
            Tensor out = scope.allocate(tensor.shape(), dtype).fill(-77);
            ChannelCodes.unpack(rectified, bits, codes, scales, out);
            return out.toDoubles();
        }
    }

    /**
     * The formula of the paper's authors, for γ = 1: shift = max(1, bins/2 − ⌊β bins / 6⌋), code = ⌊(a − 10⁻⁶) bins / 6⌋ + shift
     * within the bins, and back (code + 1/2 − shift) 6 / bins.
     */
    @ParameterizedTest
    @CsvSource({"4, 0", "8, 0", "4, 1.3", "8, -0.7", "8, 2.9", "4, -2.2"})
    void equalsTheAuthorsFormula(int bits, double beta) {
        int bins = 1 << bits;
        double[] x = new SplittableRandom(bits)
                .doubles(5000, -4, 7)
                .map(v -> (float) v)
                .toArray();
        double[] back = roundTrip(x, new Channels(new double[] {1}, new double[] {beta}), bits, false, DType.FLOAT, 1);
        int shift = Math.max(1, bins / 2 - (int) Math.floor(beta * bins / 6));
        for (int i = 0; i < x.length; i++) {
            int code = (int) Math.floor((x[i] - 1e-6) * bins / 6) + shift;
            code = Math.min(Math.max(code, 0), bins - 1);
            double expected = (code + 0.5 - shift) * 6 / bins;
            if (Math.abs(x[i] * bins / 6 - Math.rint(x[i] * bins / 6)) > 1e-4) {
                assertThat(back[i]).as("%s", x[i]).isCloseTo(expected, within(1e-5));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 3, 1", "FLOAT, 16, 2", "FLOAT, 5000, 2", "DOUBLE, 7, 3"})
    void eachChannelHasItsOwnBins(DType dtype, int count, int threads) {
        SplittableRandom random = new SplittableRandom(count);
        double[] gamma = random.doubles(count, -2, 2).map(v -> (float) v).toArray();
        double[] beta = random.doubles(count, -20, 20).map(v -> (float) v).toArray();
        double[] x = new double[count * (200_000 / count)];
        for (int i = 0; i < x.length; i++) {
            int c = i % count;
            x[i] = (float) (beta[c] + gamma[c] * (random.nextDouble() * 5.8 - 2.9));
        }
        double[] back = roundTrip(x, new Channels(gamma, beta), 8, false, dtype, threads);
        for (int i = 0; i < x.length; i++) {
            double width = 6 * Math.abs(gamma[i % count]) / 256;
            assertThat(Math.abs(back[i] - x[i])).as("%s", i).isLessThanOrEqualTo(width / 2 + 3e-6);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void theSignIsExact(int bits) {
        double[] x = {0.0, -0.0, 1e-38, -1e-38, 1e-6, -1e-6, 9, -9, 0.02343750, 0.0234375001};
        for (double beta : new double[] {0, 1.7, -2.6}) {
            double[] back =
                    roundTrip(x, new Channels(new double[] {1}, new double[] {beta}), bits, false, DType.FLOAT, 1);
            for (int i = 0; i < x.length; i++) {
                assertThat(back[i] > 0).as("%s with %s", x[i], beta).isEqualTo(x[i] > 0);
            }
            double[] rectified = roundTrip(
                    Arrays.stream(x).map(v -> Math.max(v, 0)).toArray(),
                    new Channels(new double[] {1}, new double[] {beta}),
                    bits,
                    true,
                    DType.FLOAT,
                    1);
            for (int i = 0; i < x.length; i++) {
                assertThat(rectified[i] == 0).isEqualTo(x[i] <= 0);
            }
        }
    }

    @Test
    void aFlatChannelComesBackAsItsMean() {
        Channels channels = new Channels(new double[] {0, 1}, new double[] {-1.25, 0});
        double[] back = roundTrip(new double[] {-1.25, 0.3, -1.25, 2}, channels, 8, false, DType.FLOAT, 1);
        assertThat(back[0]).isEqualTo(-1.25);
        assertThat(back[2]).isEqualTo(-1.25);
        assertThat(roundTrip(new double[] {0, 0.3}, channels, 8, true, DType.FLOAT, 1)[0])
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void whatIsNotFiniteMakesAllNaN(double bad) {
        double[] x = new double[100_000];
        x[77_777] = bad;
        double[] back = roundTrip(x, new Channels(new double[] {1, 2}, new double[] {0, 0}), 8, true, DType.FLOAT, 2);
        assertThat(Arrays.stream(back).allMatch(Double::isNaN)).isTrue();
    }
}
