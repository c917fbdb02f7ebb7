package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AdamTest {

    /** A constant gradient g moves p by η g / (|g| + ε) a step, since both corrected moments are exact. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void followsTheGoldenSteps(DType dtype) {
        assertSteps(dtype, 4, Adam.builder(0.1).epsilon(0), 1.9, 1.8, 1.7);
        assertSteps(dtype, 4, Adam.builder(0.1).epsilon(4), 1.95, 1.9, 1.85);
        assertSteps(dtype, 4, Adam.builder(0.1).betas(0, 0).epsilon(4), 1.95, 1.9, 1.85);
        assertSteps(dtype, 1, Adam.builder(0.1).epsilon(2).weightDecay(0.5), 1.95);
        assertSteps(dtype, 1, AdamW.builder(0.1).epsilon(0).weightDecay(0.5), 1.8, 1.61, 1.4295);
        assertSteps(dtype, 1, AdamW.builder(0.1).epsilon(0), 1.898, 1.796102);
    }

    private static void assertSteps(
            DType dtype, double gradient, AdamBuilder<? extends Optimizer> builder, double... expected) {
        try (Training training = new Training(dtype)) {
            Parameter p = training.parameter("p", 2);
            Optimizer adam = builder.build(List.of(p), training.root);
            for (double value : expected) {
                training.step(adam, p, gradient);
                training.assertValues(p, value);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT, false, 0", "FLOAT, false, 0.1", "FLOAT, true, 0.1",
        "DOUBLE, false, 0", "DOUBLE, false, 0.1", "DOUBLE, true, 0.1"
    })
    void followsTheRecurrence(DType dtype, boolean decoupled, double decay) {
        double beta1 = 0.8;
        double beta2 = 0.95;
        double epsilon = 1e-3;
        try (Training training = new Training(dtype)) {
            SplittableRandom random = new SplittableRandom(4);
            double[] expected = training.narrowed(random.doubles(5, -2, 2).toArray());
            double[] m = new double[5];
            double[] v = new double[5];
            Parameter p = training.parameter("p", expected);
            AdamBuilder<? extends Optimizer> builder = decoupled ? AdamW.builder(0.02) : Adam.builder(0.02);
            Optimizer adam = builder.betas(beta1, beta2)
                    .epsilon(epsilon)
                    .weightDecay(decay)
                    .build(List.of(p), training.root);
            for (int step = 1; step <= 8; step++) {
                double rate = 0.02 / step;
                adam.setLearningRate(rate);
                double[] g = training.narrowed(random.doubles(5, -1, 1).toArray());
                training.step(adam, p, g);
                for (int i = 0; i < 5; i++) {
                    double gi = g[i];
                    if (decoupled) {
                        expected[i] -= rate * decay * expected[i];
                    } else {
                        gi += decay * expected[i];
                    }
                    m[i] += (1 - beta1) * (gi - m[i]);
                    v[i] = beta2 * v[i] + (1 - beta2) * gi * gi;
                    double mHat = m[i] / (1 - Math.pow(beta1, step));
                    double vHat = v[i] / (1 - Math.pow(beta2, step));
                    expected[i] -= rate * mHat / (Math.sqrt(vHat) + epsilon);
                }
                training.assertValues(p, expected);
            }
        }
    }

    /** As in PyTorch: the correction follows a parameter's own steps, not the optimizer's. */
    @Test
    void countsStepsOfEachParameter() {
        try (Training training = new Training(DType.DOUBLE)) {
            Parameter early = training.parameter("early", 2);
            Parameter late = training.parameter("late", 2);
            Adam adam = Adam.builder(0.1).epsilon(0).build(List.of(early, late), training.root);
            training.step(adam, early, 1);
            training.step(adam, early, 1);
            training.step(adam, late, 1);
            training.assertValues(early, 1.8);
            training.assertValues(late, 1.9);
        }
    }

    @Test
    void refusesBadChoices() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AdamW.builder(-1))
                .withMessage("adamW: learning rate -1.0 must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adam.builder(1).betas(1, 0.9))
                .withMessage("adam: beta 1 1.0 is not within [0, 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adam.builder(1).betas(0.9, -0.1))
                .withMessageContaining("beta 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adam.builder(1).epsilon(-1))
                .withMessageContaining("epsilon");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adam.builder(1).weightDecay(Double.NaN))
                .withMessageContaining("weight decay");
    }
}
