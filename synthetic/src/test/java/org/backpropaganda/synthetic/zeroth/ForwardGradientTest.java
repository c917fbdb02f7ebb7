package org.backpropaganda.synthetic.zeroth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardGradientTest {
    /** Of the quadratic: Aθ in the first parameter, −Aθ in the second. */
    private static double[] gradient(ZerothTrial trial) {
        double[] half = trial.gradient();
        double[] gradient = new double[2 * half.length];
        for (int i = 0; i < half.length; i++) {
            gradient[i] = half[i];
            gradient[half.length + i] = -half[i];
        }
        return gradient;
    }

    /** What a step with learning rate 1 takes away. */
    private static double[] estimate(ZerothTrial trial, ForwardGradient forward, long seed) {
        double[] before = trial.values();
        forward.step(seed, trial::quadratic);
        double[] after = trial.values();
        double[] estimate = new double[before.length];
        for (int i = 0; i < before.length; i++) {
            estimate[i] = before[i] - after[i];
        }
        trial.first.value().set(Arrays.copyOf(before, ZerothTrial.SIZE));
        trial.second.value().set(Arrays.copyOfRange(before, ZerothTrial.SIZE, before.length));
        return estimate;
    }

    @Test
    void isTheSlopeTimesTheDirection() {
        try (ZerothTrial trial = new ZerothTrial(DType.DOUBLE)) {
            ForwardGradient forward = ForwardGradient.builder(1).build(trial.both(), trial.root);
            double[] gradient = gradient(trial);
            double[] v = ZerothTrial.direction(trial.both(), 17, 0);
            double[] estimate = estimate(trial, forward, 17);
            double slope = ZerothTrial.dot(gradient, v);
            assertThat(ZerothTrial.dot(estimate, v)).isCloseTo(slope * ZerothTrial.dot(v, v), within(1e-12));
            for (int i = 0; i < v.length; i++) {
                assertThat(estimate[i]).isCloseTo(slope * v[i], within(1e-13));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void slopesOfAModelAreProductsWithItsGradients(DType dtype) {
        try (ZerothTrial trial = new ZerothTrial(dtype)) {
            Module model = trial.model();
            double[] expected = new double[2];
            try (Tape tape = Tape.builder(trial.root).seed(8).again().build();
                    Gradients gradients = tape.backward(trial.loss(model).apply(tape))) {
                for (int s = 0; s < 2; s++) {
                    double[] v = ZerothTrial.direction(model.parameterList(), 8, s);
                    double[] g = model.parameterList().stream()
                            .flatMapToDouble(parameter ->
                                    Arrays.stream(gradients.of(parameter).toDoubles()))
                            .toArray();
                    expected[s] = ZerothTrial.dot(g, v);
                }
            }
            DirectionalStep step = ForwardGradient.builder(0.1)
                    .samples(2)
                    .build(model.parameterList(), trial.root)
                    .step(8, trial.loss(model));
            assertThat(step.slopes().stream().mapToDouble(Double::doubleValue).toArray())
                    .containsExactly(expected, Offset.offset(1e-12));
        }
    }

    /** E ĝ = g; Cov ĝ = (‖g‖² I + g gᵀ) / n, whose trace is (p + 1) ‖g‖² / n. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void estimatesTheGradientWithTheVarianceOfNormalDirections(int samples) {
        try (ZerothTrial trial = new ZerothTrial(DType.DOUBLE)) {
            ForwardGradient forward =
                    ForwardGradient.builder(1).samples(samples).build(trial.both(), trial.root);
            double[] g = gradient(trial);
            double squared = ZerothTrial.dot(g, g);
            int draws = 4000;
            double[] mean = new double[g.length];
            double scatter = 0;
            for (int draw = 0; draw < draws; draw++) {
                double[] estimate = estimate(trial, forward, draw);
                for (int i = 0; i < g.length; i++) {
                    mean[i] += estimate[i] / draws;
                    scatter += (estimate[i] - g[i]) * (estimate[i] - g[i]) / draws;
                }
            }
            for (int i = 0; i < g.length; i++) {
                double deviation = Math.sqrt((squared + g[i] * g[i]) / samples / draws);
                assertThat(mean[i]).isCloseTo(g[i], within(4.5 * deviation));
            }
            double variance = (g.length + 1) * squared / samples;
            assertThat(scatter).isCloseTo(variance, within(0.15 * variance));
        }
    }

    @Test
    void decaysAndFollowsTheLearningRate() {
        try (ZerothTrial trial = new ZerothTrial(DType.DOUBLE)) {
            ForwardGradient forward =
                    ForwardGradient.builder(0).weightDecay(0.25).build(trial.both(), trial.root);
            double[] before = trial.values();
            double slope = forward.step(3, trial::quadratic).slopes().get(0);
            assertThat(trial.values()).isEqualTo(before);
            forward.setLearningRate(0.5);
            assertThat(forward.step(3, trial::quadratic).slopes()).isEqualTo(List.of(slope));
            double[] v = ZerothTrial.direction(trial.both(), 3, 0);
            double[] after = trial.values();
            for (int i = 0; i < v.length; i++) {
                assertThat(after[i]).isCloseTo(before[i] - 0.5 * (slope * v[i] + 0.25 * before[i]), within(1e-14));
            }
        }
    }
}
