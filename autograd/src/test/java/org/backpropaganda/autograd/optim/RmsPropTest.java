package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RmsPropTest {

    /** Worked by hand from the algorithm of torch.optim.RMSprop. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void followsTheGoldenSteps(DType dtype) {
        assertSteps(dtype, 4, rmsProp(0, 4), 1.95, 1.9, 1.85);
        assertSteps(dtype, 4, rmsProp(0.75, 0), 1.8, 1.8 - 0.4 / Math.sqrt(7));
        assertSteps(dtype, 4, rmsProp(0, 4).momentum(0.5), 1.95, 1.875, 1.7875);
        assertSteps(dtype, 4, rmsProp(0.8, 0).centered(), 1.75);
        assertSteps(dtype, 4, rmsProp(0.8, 0.4).centered(), 1.8);
        assertSteps(dtype, 3, rmsProp(0, 4).weightDecay(0.5), 1.95);
    }

    private static RmsProp.Builder rmsProp(double smoothing, double epsilon) {
        return RmsProp.builder(0.1).smoothing(smoothing).epsilon(epsilon);
    }

    private static void assertSteps(DType dtype, double gradient, RmsProp.Builder builder, double... expected) {
        Training.assertSteps(dtype, 2, gradient, new OptimizerKind("rmsProp", 1, builder::build), expected);
    }

    /** The running means are sums over all that came before. */
    @ParameterizedTest
    @CsvSource({
        "FLOAT, 0, false, 0", "FLOAT, 0.9, false, 0.01", "FLOAT, 0, true, 0.1", "FLOAT, 0.8, true, 0",
        "DOUBLE, 0, false, 0.1", "DOUBLE, 0.9, false, 0", "DOUBLE, 0, true, 0", "DOUBLE, 0.5, true, 0.02"
    })
    void followsTheSums(DType dtype, double momentum, boolean centered, double decay) {
        double smoothing = 0.9;
        double epsilon = 1e-2;
        try (Training training = new Training(dtype)) {
            SplittableRandom random = new SplittableRandom(5);
            double[] expected = training.narrowed(random.doubles(5, -2, 2).toArray());
            Parameter p = training.parameter("p", expected);
            RmsProp.Builder builder = RmsProp.builder(0.02)
                    .smoothing(smoothing)
                    .epsilon(epsilon)
                    .momentum(momentum)
                    .weightDecay(decay);
            RmsProp rmsProp = (centered ? builder.centered() : builder).build(List.of(p), training.root);
            List<double[]> gradients = new ArrayList<>();
            double[] velocity = new double[5];
            for (int step = 1; step <= 8; step++) {
                double rate = 0.02 / step;
                rmsProp.setLearningRate(rate);
                double[] g = training.narrowed(random.doubles(5, -1, 1).toArray());
                training.step(rmsProp, p, g);
                double[] total = new double[5];
                for (int i = 0; i < 5; i++) {
                    total[i] = g[i] + decay * expected[i];
                }
                gradients.add(total);
                for (int i = 0; i < 5; i++) {
                    double mean = 0;
                    double square = 0;
                    for (int past = 0; past < step; past++) {
                        double weight = (1 - smoothing) * Math.pow(smoothing, step - 1 - past);
                        mean += weight * gradients.get(past)[i];
                        square += weight * Math.pow(gradients.get(past)[i], 2);
                    }
                    double spread = centered ? square - mean * mean : square;
                    velocity[i] = momentum * velocity[i] + total[i] / (Math.sqrt(spread) + epsilon);
                    expected[i] -= rate * velocity[i];
                }
                training.assertValues(p, expected);
            }
        }
    }

    /** Of a constant gradient the variance falls to nothing, and rounding must not make it negative. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void aVarianceOfNothingStaysARoot(DType dtype) {
        try (Training training = new Training(dtype)) {
            double[] g = training.narrowed(
                    new SplittableRandom(6).doubles(100, 0.5, 1).toArray());
            double[] expected = new double[100];
            Parameter p = training.parameter("p", expected);
            RmsProp rmsProp = rmsProp(0.5, 1).centered().build(List.of(p), training.root);
            rmsProp.setLearningRate(1e-3);
            for (int step = 1; step <= 60; step++) {
                training.step(rmsProp, p, g);
                double share = Math.pow(0.5, step);
                for (int i = 0; i < 100; i++) {
                    expected[i] -= 1e-3 * g[i] / (g[i] * Math.sqrt((1 - share) * share) + 1);
                }
            }
            // What rounding leaves of the variance is a share ε of g², and of the root √ε.
            double tolerance = 60 * 1e-3 * Math.sqrt(dtype == DType.FLOAT ? 0x1p-23 : 0x1p-52);
            double[] values = p.value().toDoubles();
            for (int i = 0; i < 100; i++) {
                assertThat(values[i]).isCloseTo(expected[i], within(tolerance));
            }
        }
    }

    @Test
    void refusesBadChoices() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RmsProp.builder(-1))
                .withMessage("rmsProp: learning rate -1.0 must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RmsProp.builder(1).smoothing(1))
                .withMessage("rmsProp: smoothing 1.0 is not within [0, 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RmsProp.builder(1).momentum(-0.1))
                .withMessage("rmsProp: momentum -0.1 is not within [0, 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RmsProp.builder(1).epsilon(Double.NaN))
                .withMessage("rmsProp: epsilon NaN must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RmsProp.builder(1).weightDecay(-1))
                .withMessage("rmsProp: weight decay -1.0 must be finite and 0 or more");
    }
}
