package org.backpropaganda.autograd.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Divide;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AnomalyDetectorTest {
    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor values(double... values) {
        return root.allocate(Shape.of(values.length), DType.FLOAT).set(values);
    }

    @Test
    void namesTheOpWhoseOutputIsNotFinite() {
        Module model = new Sequential(new Activation(x -> x), new Activation(x -> Divide.divide(x, x)));
        try (Tape tape = Tape.builder(root).observer(new AnomalyDetector()).build()) {
            assertThatThrownBy(() -> model.call(tape.leaf(values(1, 0, 3))))
                    .isInstanceOf(AnomalyDetector.AnomalyException.class)
                    .hasMessage("divide in 1: the output FLOAT[3] has 1 NaN and 0 infinite elements");
        }
    }

    @Test
    void namesTheOpWhoseGradientIsNotFinite() {
        try (Tape tape = Tape.builder(root).observer(new AnomalyDetector()).build()) {
            Variable x = Identity.hold(tape.leaf(values(0, 1)));
            Variable scaled = Multiply.multiply(x, tape.constant(values(1e30, 1)));
            Variable again = Multiply.multiply(scaled, tape.constant(values(1e30, 1)));
            assertThatThrownBy(() -> tape.backward(Sum.sum(again)))
                    .isInstanceOf(AnomalyDetector.AnomalyException.class)
                    .hasMessage("identity: the gradient of the output FLOAT[2] has 0 NaN and 1 infinite elements");
        }
    }

    @Test
    void statisticsOfAStep() {
        Module model =
                new Sequential(new Linear(new ParameterFactory(root, DType.FLOAT, 1), 2, 2, false), Activation.relu());
        StepStatistics statistics = new StepStatistics();
        Tensor w = model.parameterList().get(0).value();
        w.set(3, 0, 0, -4).written("test");
        try (Tape tape = Tape.builder(root).observer(statistics).build()) {
            Tensor x = root.allocate(Shape.of(1, 2), DType.FLOAT).set(1, 1);
            Variable y = model.call(tape.leaf(x));
            try (Gradients gradients = tape.backward(Sum.sum(y))) {
                statistics.parameters(gradients);
            }
        }
        assertThat(statistics.activations().get("0").rootMeanSquare()).isCloseTo(Math.sqrt(12.5), within(1e-6));
        assertThat(statistics.activations().get("1").zeros()).isEqualTo(1);
        assertThat(statistics.activationGradients().get("1").rootMeanSquare()).isEqualTo(1);
        assertThat(statistics.activationGradients().get("0").mean()).isEqualTo(0.5);
        assertThat(statistics.parameterGradients().get("0.weight").rootMeanSquare())
                .isCloseTo(Math.sqrt(0.5), within(1e-6));
        assertThat(statistics.updateRatios(0.1).get("0.weight")).isCloseTo(0.1 * Math.sqrt(0.5) / 2.5, within(1e-6));
    }
}
