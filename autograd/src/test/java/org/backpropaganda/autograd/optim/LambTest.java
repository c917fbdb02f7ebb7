package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LambTest {

    /** A constant gradient g makes the corrected moments g and g², so one element moves by its η-th part a step. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void oneElementMovesByAShareOfItself(DType dtype) {
        assertSteps(dtype, 2, 4, lamb(0, 0), 1.8, 1.62, 1.458);
        assertSteps(dtype, 2, 4, lamb(4, 0), 1.8, 1.62);
        assertSteps(dtype, 2, -4, lamb(0, 0), 2.2, 2.42);
        assertSteps(dtype, 2, 4, lamb(0, 0.5), 1.8, 1.62);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void takesTheDirectionAsItIsWhereANormIsZero(DType dtype) {
        assertSteps(dtype, 0, 4, lamb(0, 0), -0.1, -0.11);
        assertSteps(dtype, 0, 4, lamb(4, 0), -0.05, -0.055);
        assertSteps(dtype, 2, 0, lamb(1, 0), 2, 2);
        assertSteps(dtype, 0, 0, lamb(1, 0.5), 0, 0);
    }

    private static AdamBuilder<Lamb> lamb(double epsilon, double weightDecay) {
        return Lamb.builder(0.1).epsilon(epsilon).weightDecay(weightDecay);
    }

    private static void assertSteps(
            DType dtype, double from, double gradient, AdamBuilder<Lamb> builder, double... expected) {
        Training.assertSteps(dtype, from, gradient, new OptimizerKind("lamb", 2, builder::build), expected);
    }

    /** A norm of 5 against that of (1, −1) + 0.5 (3, 4) = (2.5, 1), and against (1, 3) / ((1, 3) + 1) = (0.5, 0.75). */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void scalesByTheNormsOfAllElements(DType dtype) {
        try (Training training = new Training(dtype)) {
            Parameter p = training.parameter("p", 3, 4);
            training.step(lamb(0, 0.5).build(List.of(p), training.root), p, 1, -2);
            double ratio = 5 / Math.sqrt(7.25);
            training.assertValues(p, 3 - 0.1 * ratio * 2.5, 4 - 0.1 * ratio);
            Parameter q = training.parameter("q", 3, 4);
            training.step(lamb(1, 0).build(List.of(q), training.root), q, 1, 3);
            double second = 5 / Math.sqrt(0.8125);
            training.assertValues(q, 3 - 0.1 * second * 0.5, 4 - 0.1 * second * 0.75);
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 0", "FLOAT, 0.1", "DOUBLE, 0", "DOUBLE, 0.1"})
    void followsTheRecurrence(DType dtype, double decay) {
        double beta1 = 0.8;
        double beta2 = 0.95;
        double epsilon = 1e-3;
        int size = 7;
        try (Training training = new Training(dtype)) {
            SplittableRandom random = new SplittableRandom(9);
            double[] expected = training.narrowed(random.doubles(size, -2, 2).toArray());
            double[] m = new double[size];
            double[] v = new double[size];
            Parameter p = training.parameter("p", expected);
            Lamb lamb = Lamb.builder(0.02)
                    .betas(beta1, beta2)
                    .epsilon(epsilon)
                    .weightDecay(decay)
                    .build(List.of(p), training.root);
            for (int step = 1; step <= 8; step++) {
                double rate = 0.02 / step;
                lamb.setLearningRate(rate);
                double[] g = training.narrowed(random.doubles(size, -1, 1).toArray());
                training.step(lamb, p, g);
                double[] direction = new double[size];
                for (int i = 0; i < size; i++) {
                    m[i] += (1 - beta1) * (g[i] - m[i]);
                    v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
                    double mHat = m[i] / (1 - Math.pow(beta1, step));
                    double vHat = v[i] / (1 - Math.pow(beta2, step));
                    direction[i] = mHat / (Math.sqrt(vHat) + epsilon) + decay * expected[i];
                }
                double ratio = norm(expected) / norm(direction);
                for (int i = 0; i < size; i++) {
                    expected[i] -= rate * ratio * direction[i];
                }
                training.assertValues(p, expected);
            }
        }
    }

    private static double norm(double[] values) {
        double norm = 0;
        for (double value : values) {
            norm = Math.hypot(norm, value);
        }
        return norm;
    }

    /** Each parameter is a layer: what the others are makes no difference. */
    @Test
    void parametersHaveRatiosOfTheirOwn() {
        try (Training training = new Training(DType.DOUBLE)) {
            Parameter small = training.parameter("small", 1);
            Parameter large = training.parameter("large", 1000);
            Lamb lamb = lamb(0, 0).build(List.of(small, large), training.root);
            training.step(lamb, Map.of(small, new double[] {1}, large, new double[] {1}));
            training.assertValues(small, 0.9);
            training.assertValues(large, 900);
        }
    }

    @Test
    void decaysByDefaultAsInThePaper() {
        AdamBuilder<Lamb> builder = Lamb.builder(0.1);
        assertThat(builder.weightDecay).isEqualTo(0.01);
        assertThat(builder.epsilon).isEqualTo(1e-6);
    }

    @Test
    void refusesBadChoices() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lamb.builder(-1))
                .withMessage("lamb: learning rate -1.0 must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lamb.builder(1).betas(0.9, 1))
                .withMessage("lamb: beta 2 1.0 is not within [0, 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lamb.builder(1).epsilon(-1))
                .withMessage("lamb: epsilon -1.0 must be finite and 0 or more");
    }
}
