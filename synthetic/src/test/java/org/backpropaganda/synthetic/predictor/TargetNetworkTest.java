package org.backpropaganda.synthetic.predictor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.DecoupledSequence;
import org.junit.jupiter.api.Test;

class TargetNetworkTest {

    private static LinearPredictor linear(org.backpropaganda.autograd.nn.ParameterFactory factory) {
        return new LinearPredictor(factory, Cases.CHANNELS, Cases.CLASSES);
    }

    /** A step of SGD on the predictor alone. */
    private static void step(Cases.Trial trial, DecoupledSequence sequence, GradientPredictor predictor) {
        try (TensorScope scope = trial.root.child();
                Tape tape = Tape.training(scope, 1)) {
            Variable labels = tape.constant(trial.labels(Cases.BATCH));
            Variable logits = sequence.call(
                            List.of(tape.constant(trial.random(1, Cases.BATCH, Cases.CHANNELS)), labels))
                    .get(0);
            try (Gradients gradients = tape.backward(SoftmaxCrossEntropy.crossEntropy(logits, labels))) {
                Sgd.builder(0.1).build(predictor.trainableParameters(), scope).step(gradients);
            }
        }
    }

    private static DecoupledSequence before(Linear head, GradientPredictor predictor) {
        return new DecoupledSequence(List.of(Activation.tanh(), head), List.of(predictor));
    }

    private static Map<String, double[]> values(GradientPredictor predictor) {
        return Cases.values(predictor.parameters());
    }

    private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected, double tolerance) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, value) ->
                assertThat(actual.get(name)).as(name).containsExactly(value, Offset.offset(tolerance)));
    }

    @Test
    void theCopyTakesOverTheWeightsEveryThreeSteps() {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE)) {
            TargetNetwork network = TargetNetwork.refreshed(3, trial.factory, TargetNetworkTest::linear);
            DecoupledSequence sequence =
                    before(new Linear(trial.factory, Cases.CHANNELS, Cases.CLASSES, true), network);
            Map<String, double[]> renewed = values(network.online());
            for (int step = 0; step < 8; step++) {
                if (step > 0 && step % 3 == 0) {
                    renewed = values(network.online());
                }
                step(trial, sequence, network);
                assertSame(values(network.copy()), renewed, 0);
                assertThat(values(network.online()).get("linear.weight")).isNotEqualTo(renewed.get("linear.weight"));
            }
            assertThat(network.buffers().get("steps").item()).isEqualTo(8);
        }
    }

    @Test
    void theCopyIsAnAverageOfTheWeights() {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE)) {
            TargetNetwork network = TargetNetwork.averaged(0.9, trial.factory, TargetNetworkTest::linear);
            DecoupledSequence sequence =
                    before(new Linear(trial.factory, Cases.CHANNELS, Cases.CLASSES, true), network);
            Map<String, double[]> average = values(network.online());
            for (int step = 0; step < 5; step++) {
                if (step > 0) {
                    Map<String, double[]> now = values(network.online());
                    average.forEach((name, values) -> {
                        for (int i = 0; i < values.length; i++) {
                            values[i] = 0.9 * values[i] + 0.1 * now.get(name)[i];
                        }
                    });
                }
                step(trial, sequence, network);
                assertSame(values(network.copy()), average, 1e-15);
            }
        }
    }

    /** With the last module frozen, what the last boundary learns does not depend on what it predicts. */
    @Test
    void trainsAsThePredictorAloneWould() {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE)) {
            Linear head = new Linear(trial.factory, Cases.CHANNELS, Cases.CLASSES, true);
            TargetNetwork network = TargetNetwork.refreshed(1000, trial.factory, TargetNetworkTest::linear);
            LinearPredictor alone = linear(trial.factory);
            DecoupledSequence withCopy = before(head, network);
            DecoupledSequence without = before(head, alone);
            for (int step = 0; step < 4; step++) {
                step(trial, withCopy, network);
                step(trial, without, alone);
            }
            assertSame(values(network.online()), values(alone), 0);
            assertThat(values(alone).get("linear.weight")).doesNotContain(0);
            assertThat(values(network.copy()).get("linear.weight")).containsOnly(0);
        }
    }

    @Test
    void choicesThatAreNone() {
        try (Cases.Trial trial = new Cases.Trial(DType.FLOAT)) {
            assertThatThrownBy(() -> TargetNetwork.refreshed(0, trial.factory, TargetNetworkTest::linear))
                    .hasMessage("TargetNetwork: refreshed every 0 steps; give a number of at least 1");
            assertThatThrownBy(() -> TargetNetwork.averaged(1, trial.factory, TargetNetworkTest::linear))
                    .hasMessage("TargetNetwork: decay 1.0 is not within [0, 1)");
        }
    }
}
