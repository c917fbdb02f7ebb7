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
import org.junit.jupiter.params.provider.ValueSource;

class SgdTest {

    /** Worked by hand from the algorithm of torch.optim.SGD, with gradient 1 and learning rate 0.1. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void followsTheGoldenSteps(DType dtype) {
        assertSteps(dtype, Sgd.builder(0.1), 0.9, 0.8, 0.7);
        assertSteps(dtype, Sgd.builder(0.1).momentum(0.9), 0.9, 0.71, 0.439);
        assertSteps(dtype, Sgd.builder(0.1).momentum(0.9).nesterov(), 0.81, 0.539, 0.1951);
        assertSteps(dtype, Sgd.builder(0.1).weightDecay(0.5), 0.85, 0.7075, 0.572125);
        assertSteps(dtype, Sgd.builder(0.1).momentum(0.9).weightDecay(0.5), 0.85, 0.5725, 0.194125);
    }

    private static void assertSteps(DType dtype, Sgd.Builder builder, double... expected) {
        try (Training training = new Training(dtype)) {
            Parameter p = training.parameter("p", 1);
            Sgd sgd = builder.build(List.of(p), training.root);
            for (double value : expected) {
                training.step(sgd, p, 1);
                training.assertValues(p, value);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT, 0, false, 0", "FLOAT, 0.9, false, 0.01", "FLOAT, 0.8, true, 0.1",
        "DOUBLE, 0, false, 0.1", "DOUBLE, 0.9, false, 0", "DOUBLE, 0.5, true, 0.02"
    })
    void followsTheRecurrence(DType dtype, double momentum, boolean nesterov, double decay) {
        try (Training training = new Training(dtype)) {
            SplittableRandom random = new SplittableRandom(3);
            double[] expected = training.narrowed(random.doubles(5, -2, 2).toArray());
            double[] velocity = null;
            Parameter p = training.parameter("p", expected);
            Sgd.Builder builder = Sgd.builder(0.05).momentum(momentum).weightDecay(decay);
            Sgd sgd = (nesterov ? builder.nesterov() : builder).build(List.of(p), training.root);
            for (int step = 0; step < 8; step++) {
                double rate = 0.05 / (1 + step);
                sgd.setLearningRate(rate);
                double[] g = training.narrowed(random.doubles(5, -1, 1).toArray());
                training.step(sgd, p, g);
                double[] total = new double[5];
                for (int i = 0; i < 5; i++) {
                    total[i] = g[i] + decay * expected[i];
                }
                if (velocity == null) {
                    velocity = total.clone();
                } else {
                    for (int i = 0; i < 5; i++) {
                        velocity[i] = momentum * velocity[i] + total[i];
                    }
                }
                for (int i = 0; i < 5; i++) {
                    double direction = nesterov ? total[i] + momentum * velocity[i] : velocity[i];
                    expected[i] -= rate * (momentum == 0 ? total[i] : direction);
                }
                training.assertValues(p, expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1e-9, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesBadRates(double rate) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sgd.builder(rate))
                .withMessage("sgd: learning rate " + rate + " must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sgd.builder(0.1).weightDecay(rate))
                .withMessageContaining("weight decay");
        try (Training training = new Training(DType.FLOAT)) {
            Sgd sgd = Sgd.builder(0.1).build(List.of(training.parameter("p", 1)), training.root);
            assertThatIllegalArgumentException().isThrownBy(() -> sgd.setLearningRate(rate));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, 1.5, Double.NaN})
    void refusesBadMomentum(double momentum) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sgd.builder(0.1).momentum(momentum))
                .withMessage("sgd: momentum " + momentum + " is not within [0, 1)");
    }

    @Test
    void nesterovNeedsMomentum() {
        try (Training training = new Training(DType.FLOAT)) {
            List<Parameter> parameters = List.of(training.parameter("p", 1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Sgd.builder(0.1).nesterov().build(parameters, training.root))
                    .withMessageContaining("Nesterov");
        }
    }
}
