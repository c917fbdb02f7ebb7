package org.backpropaganda.synthetic.predictor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.DecoupledSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CriticPredictorTest {

    /** The tape differentiates the value that it computes. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void itsGradientIsThatOfItsValue(int layers) {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE);
                Tape tape = Tape.training(trial.root, 1)) {
            CriticPredictor critic = CriticPredictor.sobolev(trial.factory, 5, 3, layers, 7);
            Cases.randomize(critic.parameterList());
            Variable h = tape.leaf(trial.random(1, 4, 2, 3, 5));
            List<Variable> results = critic.call(List.of(h, tape.constant(trial.labels(4))));
            int pixels = 2 * 3;
            Variable sum = Scale.scale(Sum.sum(results.get(1), 0), pixels);
            double[] differentiated = tape.differentiate(sum, h).get(0).value().toDoubles();
            assertThat(results.get(0).value().toDoubles()).containsExactly(differentiated, Offset.offset(1e-14));
            assertThat(differentiated).doesNotContain(0);
        }
    }

    private static double cosine(Cases.Trial trial, GradientPredictor predictor, int steps) {
        Linear head = new Linear(trial.factory, 5, 3, true);
        Cases.randomize(head.parameterList());
        DecoupledSequence sequence =
                new DecoupledSequence(List.of(Activation.tanh(), head), List.of(predictor)).measuring(true);
        Optimizer optimizer = Adam.builder(1e-2).build(predictor.parameterList(), trial.root);
        for (int step = 0; step < steps; step++) {
            try (TensorScope scope = trial.root.child();
                    Tape tape = Tape.training(scope, step)) {
                Variable labels = tape.constant(trial.labels(32));
                Variable logits = sequence.call(List.of(tape.constant(trial.random(step, 32, 5)), labels))
                        .get(0);
                try (Gradients gradients = tape.backward(SoftmaxCrossEntropy.crossEntropy(logits, labels))) {
                    optimizer.step(gradients);
                }
            }
        }
        return Objects.requireNonNull(sequence.quality(0)).cosine();
    }

    @Test
    void learnsFromGradientsAlone() {
        try (Cases.Trial trial = new Cases.Trial(DType.FLOAT)) {
            assertThat(cosine(trial, CriticPredictor.sobolev(trial.factory, 5, 3, 1, 32), 300))
                    .isGreaterThan(0.95);
        }
    }

    @Test
    void ofValuesRefusesToLearnFromNone() {
        try (Cases.Trial trial = new Cases.Trial(DType.FLOAT)) {
            assertThatThrownBy(() -> cosine(trial, CriticPredictor.ofValues(trial.factory, 5, 3, 1, 8), 1))
                    .hasMessage(
                            "CriticPredictor: learns the losses of [32] examples, but was told none; tell them, or let"
                                    + " it learn from gradients too");
        }
    }
}
