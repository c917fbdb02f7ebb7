package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AdagradTest {

    /** Under a constant gradient g, the sum is τ + t g²: from 7, by 9 a step, it is 16, 25. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void followsTheGoldenSteps(DType dtype) {
        assertSteps(dtype, 3, adagrad(0), 1.9, 1.9 - 0.1 / Math.sqrt(2), 1.9 - 0.1 / Math.sqrt(2) - 0.1 / Math.sqrt(3));
        assertSteps(dtype, 3, adagrad(7), 1.925, 1.865);
        assertSteps(dtype, 3, adagrad(7).epsilon(1), 1.94, 1.89);
        assertSteps(dtype, 3, adagrad(7).learningRateDecay(1), 1.925, 1.895);
        assertSteps(dtype, 2, adagrad(7).weightDecay(0.5), 1.925);
    }

    private static Adagrad.Builder adagrad(double initialAccumulator) {
        return Adagrad.builder(0.1).epsilon(0).initialAccumulator(initialAccumulator);
    }

    private static void assertSteps(DType dtype, double gradient, Adagrad.Builder builder, double... expected) {
        Training.assertSteps(dtype, 2, gradient, new OptimizerKind("adagrad", 1, builder::build), expected);
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 0, 0, 0", "FLOAT, 0.1, 0.3, 0.05", "DOUBLE, 0.5, 0, 0.1", "DOUBLE, 0, 2, 0"})
    void followsTheRecurrence(DType dtype, double rateDecay, double initial, double decay) {
        double epsilon = 1e-3;
        try (Training training = new Training(dtype)) {
            SplittableRandom random = new SplittableRandom(7);
            double[] expected = training.narrowed(random.doubles(5, -2, 2).toArray());
            double[] norm = new double[5];
            Arrays.fill(norm, Math.sqrt(initial));
            Parameter p = training.parameter("p", expected);
            Adagrad adagrad = Adagrad.builder(0.05)
                    .learningRateDecay(rateDecay)
                    .initialAccumulator(initial)
                    .epsilon(epsilon)
                    .weightDecay(decay)
                    .build(List.of(p), training.root);
            for (int step = 0; step < 8; step++) {
                double[] g = training.narrowed(random.doubles(5, -1, 1).toArray());
                training.step(adagrad, p, g);
                for (int i = 0; i < 5; i++) {
                    double total = g[i] + decay * expected[i];
                    norm[i] = Math.hypot(norm[i], total);
                    expected[i] -= 0.05 * total / (1 + step * rateDecay) / (norm[i] + epsilon);
                }
                training.assertValues(p, expected);
            }
        }
    }

    /** As in PyTorch: the rate decays with a parameter's own steps, not the optimizer's. */
    @Test
    void countsStepsOfEachParameter() {
        try (Training training = new Training(DType.DOUBLE)) {
            Parameter early = training.parameter("early", 2);
            Parameter late = training.parameter("late", 2);
            Adagrad adagrad = adagrad(7).learningRateDecay(1).build(List.of(early, late), training.root);
            training.step(adagrad, early, 3);
            training.step(adagrad, early, 3);
            training.step(adagrad, late, 3);
            training.assertValues(early, 1.895);
            training.assertValues(late, 1.925);
        }
    }

    @Test
    void refusesBadChoices() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adagrad.builder(Double.NaN))
                .withMessage("adagrad: learning rate NaN must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adagrad.builder(1).learningRateDecay(-1))
                .withMessage("adagrad: learning rate decay -1.0 must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adagrad.builder(1).initialAccumulator(-1))
                .withMessage("adagrad: initial accumulator -1.0 must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adagrad.builder(1).epsilon(-1))
                .withMessage("adagrad: epsilon -1.0 must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adagrad.builder(1).weightDecay(-1))
                .withMessage("adagrad: weight decay -1.0 must be finite and 0 or more");
    }
}
