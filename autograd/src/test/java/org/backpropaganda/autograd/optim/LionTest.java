package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LionTest {

    /** Worked by hand from Algorithm 2. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void followsTheGoldenSteps(DType dtype) {
        assertSteps(dtype, 4, Lion.builder(0.1), 1.9, 1.8, 1.7);
        assertSteps(dtype, -4, Lion.builder(0.1), 2.1, 2.2);
        assertSteps(dtype, 4, Lion.builder(0.1).weightDecay(0.5), 1.8, 1.61);
        assertSteps(dtype, 0, Lion.builder(0.1).weightDecay(0.5), 1.9, 1.805);
        assertSteps(dtype, 0, Lion.builder(0.1), 2);
    }

    private static void assertSteps(DType dtype, double gradient, Lion.Builder builder, double... expected) {
        Training.assertSteps(dtype, 2, gradient, new OptimizerKind("lion", 1, builder::build), expected);
    }

    /** m is 0.5, then 0.1; what the sign is taken of is 0.75, −0.1, 0.01. With one β for both, two signs would differ. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void stepsByAnotherMeanThanItKeeps(DType dtype) {
        try (Training training = new Training(dtype)) {
            Parameter p = training.parameter("p", 1);
            Lion lion = Lion.builder(0.1).betas(0.25, 0.5).build(List.of(p), training.root);
            training.step(lion, p, 1);
            training.assertValues(p, 0.9);
            training.step(lion, p, -0.3);
            training.assertValues(p, 1);
            training.step(lion, p, -0.02);
            training.assertValues(p, 0.9);
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 0", "FLOAT, 0.2", "DOUBLE, 0", "DOUBLE, 0.1"})
    void followsTheSums(DType dtype, double decay) {
        double beta1 = 0.7;
        double beta2 = 0.9;
        try (Training training = new Training(dtype)) {
            SplittableRandom random = new SplittableRandom(8);
            double[] expected = training.narrowed(random.doubles(9, -2, 2).toArray());
            Parameter p = training.parameter("p", expected);
            Lion lion =
                    Lion.builder(0.02).betas(beta1, beta2).weightDecay(decay).build(List.of(p), training.root);
            List<double[]> gradients = new ArrayList<>();
            for (int step = 0; step < 8; step++) {
                double[] g = training.narrowed(random.doubles(9, -1, 1).toArray());
                training.step(lion, p, g);
                for (int i = 0; i < 9; i++) {
                    double momentum = 0;
                    for (int past = 0; past < step; past++) {
                        momentum += (1 - beta2)
                                * Math.pow(beta2, step - 1 - past)
                                * gradients.get(past)[i];
                    }
                    double sign = beta1 * momentum + (1 - beta1) * g[i] > 0 ? 1 : -1;
                    expected[i] = (1 - 0.02 * decay) * expected[i] - 0.02 * sign;
                }
                gradients.add(g);
                training.assertValues(p, expected);
            }
        }
    }

    @Test
    void refusesBadChoices() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lion.builder(-1))
                .withMessage("lion: learning rate -1.0 must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lion.builder(1).betas(1, 0.9))
                .withMessage("lion: beta 1 1.0 is not within [0, 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lion.builder(1).betas(0.9, -0.1))
                .withMessage("lion: beta 2 -0.1 is not within [0, 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lion.builder(1).weightDecay(Double.NaN))
                .withMessage("lion: weight decay NaN must be finite and 0 or more");
    }
}
