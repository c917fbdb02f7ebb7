package org.backpropaganda.synthetic.predictor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.op.MeanSquaredError;
import org.backpropaganda.autograd.op.OneHot;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.DecoupledSequence;
import org.backpropaganda.synthetic.PredictionQuality;
import org.junit.jupiter.api.Test;

/** Gradients that a predictor can be exactly: of what is linear behind the boundary. */
class RealisabilityTest {
    private static final int BATCH = 32;
    private static final int C = Cases.CHANNELS;

    private static Linear head(Cases.Trial trial) {
        Linear head = new Linear(trial.factory, C, Cases.CLASSES, true);
        Cases.randomize(head.parameterList());
        return head;
    }

    private static PredictionQuality fitted(Cases.Trial trial, GradientPredictor predictor, int steps) {
        DecoupledSequence sequence =
                new DecoupledSequence(List.of(Activation.tanh(), head(trial)), List.of(predictor)).measuring(true);
        Optimizer optimizer = Sgd.builder(0.3).build(predictor.parameterList(), trial.root);
        for (int step = 0; step < steps; step++) {
            squared(trial, sequence, 1, optimizer);
        }
        squared(trial, sequence, 2, Sgd.builder(0).build(predictor.parameterList(), trial.root));
        return Objects.requireNonNull(sequence.quality(0));
    }

    /** A step towards the one-hot labels. */
    private static void squared(Cases.Trial trial, DecoupledSequence sequence, long seed, Optimizer optimizer) {
        try (TensorScope scope = trial.root.child();
                Tape tape = Tape.training(scope, 1)) {
            Tensor x = trial.random(seed, BATCH, C);
            Tensor y = trial.labels(BATCH);
            Variable output =
                    sequence.call(List.of(tape.constant(x), tape.constant(y))).get(0);
            Variable wanted = tape.constant(OneHot.encode(scope, y, Cases.CLASSES, trial.dtype));
            try (Gradients gradients = tape.backward(MeanSquaredError.meanSquaredError(output, wanted))) {
                optimizer.step(gradients);
            }
            x.close();
            y.close();
        }
    }

    /** Fitted on one batch, tested on another: what is exact holds there too. */
    @Test
    void aLinearOneWithLabelsFitsTheSquaredErrorOfALinearModel() {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE)) {
            assertThat(fitted(trial, new LinearPredictor(trial.factory, C, Cases.CLASSES), 3000)
                            .relativeError())
                    .isLessThan(1e-6);
        }
    }

    @Test
    void withoutLabelsItCannot() {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE)) {
            assertThat(fitted(trial, new LinearPredictor(trial.factory, C), 3000)
                            .relativeError())
                    .isGreaterThan(0.1);
        }
    }

    private static double errorOnCrossEntropy(Cases.Trial trial, Linear head, GradientPredictor predictor) {
        DecoupledSequence sequence =
                new DecoupledSequence(List.of(Activation.tanh(), head), List.of(predictor)).measuring(true);
        try (TensorScope scope = trial.root.child();
                Tape tape = Tape.training(scope, 1)) {
            Variable labels = tape.constant(trial.labels(BATCH));
            Variable logits = sequence.call(List.of(tape.constant(trial.random(1, BATCH, C)), labels))
                    .get(0);
            tape.backward(SoftmaxCrossEntropy.crossEntropy(logits, labels)).close();
        }
        return Objects.requireNonNull(sequence.quality(0)).relativeError();
    }

    /** M = Wᵀ (softmax(W h + c) − onehot). */
    @Test
    void aSoftmaxIsExactForTheCrossEntropyOfALinearModel() {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE)) {
            Linear head = head(trial);
            SoftmaxPredictor predictor = new SoftmaxPredictor(trial.factory, C, Cases.CLASSES);
            double[] w = head.weight().value().toDoubles();
            double[] transposed = new double[w.length];
            double[] negative = new double[w.length];
            for (int k = 0; k < Cases.CLASSES; k++) {
                for (int c = 0; c < C; c++) {
                    transposed[c * Cases.CLASSES + k] = w[k * C + c];
                    negative[c * Cases.CLASSES + k] = -w[k * C + c];
                }
            }
            predictor.parameters().get("logits.weight").value().set(w);
            predictor
                    .parameters()
                    .get("logits.bias")
                    .value()
                    .copyFrom(head.parameters().get("bias").value());
            assertThat(errorOnCrossEntropy(trial, head, predictor)).isEqualTo(1);
            predictor.parameters().get("linear.weight").value().set(transposed);
            predictor.parameters().get("labels.weight").value().set(negative);
            assertThat(errorOnCrossEntropy(trial, head, predictor)).isLessThan(1e-14);
        }
    }
}
