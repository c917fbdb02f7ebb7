package org.backpropaganda.synthetic;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.local.AuxiliaryClassifier;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Under each rule the shares of a batch that comes in parts add up to the whole. */
class RuleAccumulationTest {
    private static final int[][] SPLITS = {{4, 4}, {6, 2}, {1, 7}, {3, 3, 2}};

    enum Rule {
        HALF,
        WAITING,
        UNLOCKED,
        CLASSIFIER,
        FEEDBACK,
        DIFFERENT;

        BoundaryRule make(Trial trial, int boundary) {
            PredictedGradient predicted =
                    new PredictedGradient(new LinearPredictor(trial.factory, Trial.WIDTH, Trial.CLASSES));
            return switch (this) {
                case HALF -> predicted.mixing(Mixing.constant(0.5));
                case WAITING -> predicted.mixing(Mixing.constant(1));
                case UNLOCKED -> predicted.unlocking(new Linear(trial.factory, Trial.WIDTH, Trial.WIDTH, true));
                case CLASSIFIER -> new LocalLoss(AuxiliaryClassifier.ofRows(trial.factory, Trial.WIDTH, Trial.CLASSES));
                case FEEDBACK -> new DirectFeedback(new FeedbackMatrix(trial.factory, Trial.CLASSES, Trial.WIDTH));
                case DIFFERENT -> (boundary == 0 ? CLASSIFIER : HALF).make(trial, boundary);
            };
        }
    }

    private static Tensor rows(TensorScope scope, Tensor whole, int from, int count) {
        int width = (int) (whole.elements() / whole.shape().dim(0));
        double[] values = Arrays.copyOfRange(whole.toDoubles(), from * width, (from + count) * width);
        Tensor part = scope.allocate(whole.shape().with(0, count), whole.dtype(), MemoryKind.INPUT);
        return whole.dtype() == DType.INT
                ? part.set(Arrays.stream(values).mapToInt(v -> (int) v).toArray())
                : part.set(values);
    }

    private static Map<String, double[]> gradients(
            Trial trial, DecoupledSequence model, Map<String, Parameter> of, int... parts) {
        try (TensorScope scope = trial.root.child();
                Gradients gradients = new Gradients(scope)) {
            Tensor x = trial.random(scope, 1, Trial.BATCH, Trial.WIDTH);
            Tensor labels = Trial.labels(scope, Trial.BATCH);
            int from = 0;
            for (int part : parts) {
                try (Tape tape = Tape.builder(scope)
                        .seed(3)
                        .gradients(gradients)
                        .share((double) part / Trial.BATCH)
                        .build()) {
                    Variable y = tape.constant(rows(scope, labels, from, part));
                    Variable logits = model.call(List.of(tape.constant(rows(scope, x, from, part)), y))
                            .get(0);
                    tape.backward(SoftmaxCrossEntropy.crossEntropy(logits, y));
                }
                from += part;
            }
            Map<String, double[]> values = new LinkedHashMap<>();
            of.forEach((name, parameter) -> {
                Tensor gradient = gradients.of(parameter);
                if (gradient != null) {
                    values.put(name, gradient.toDoubles());
                }
            });
            return values;
        }
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void partsAddUpToTheWhole(Rule rule) {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            DecoupledSequence sequence = DecoupledSequence.of(
                    trial.modules(3, k -> trial.inner()),
                    Stream.of(0, 1).map(k -> rule.make(trial, k)).toList());
            Trial.randomize(sequence.predictorParameterList());
            Map<String, Parameter> all = new LinkedHashMap<>(sequence.parameters());
            all.putAll(sequence.predictorParameters());
            Map<String, double[]> whole = gradients(trial, sequence, all, Trial.BATCH);
            for (int[] split : SPLITS) {
                Trial.assertClose(gradients(trial, sequence, all, split), whole, 1e-12);
            }
        }
    }
}
