package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.GlobalAvgPool2d;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.local.AuxiliaryClassifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectFeedbackTest {
    private static final double EXACT = 1e-12;

    private static DecoupledSequence sequence(Trial trial, List<Module> modules, long channels) {
        return DecoupledSequence.of(
                modules,
                Stream.generate(() -> new DirectFeedback(new FeedbackMatrix(trial.factory, Trial.CLASSES, channels)))
                        .limit(modules.size() - 1)
                        .toList());
    }

    /** W [channels, classes] of the weight [classes, channels] of a head. */
    private static void transpose(double[] weight, Tensor matrix) {
        int classes = Trial.CLASSES;
        int channels = weight.length / classes;
        double[] values = new double[weight.length];
        for (int c = 0; c < channels; c++) {
            for (int k = 0; k < classes; k++) {
                values[c * classes + k] = weight[k * channels + c];
            }
        }
        matrix.set(values);
    }

    private static void assertBackprop(Trial trial, List<Module> parts, String head, long channels, long... input) {
        Tensor x = trial.random(trial.root, 1, input);
        Tensor labels = Trial.labels(trial.root, (int) input[0]);
        Module plain = new Sequential(parts);
        Map<String, double[]> exact =
                trial.step(plain, plain.parameters(), x, labels, true).gradients();
        DecoupledSequence fed = sequence(trial, parts, channels);
        transpose(
                plain.parameters().get(head).value().toDoubles(),
                fed.learners().get(0).buffers().get("matrix"));
        Trial.Step step = trial.step(fed, fed.parameters(), x, labels, true);
        Trial.assertClose(step.gradients(), exact, EXACT);
        Trial.Step again = trial.step(new Recomputed(fed), fed.parameters(), x, labels, true);
        Trial.assertClose(again.gradients(), exact, EXACT);
    }

    @Test
    void theTransposedWeightOfTwoLayersIsBackpropagation() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            assertBackprop(
                    trial,
                    List.of(trial.inner(), new Linear(trial.factory, Trial.WIDTH, Trial.CLASSES, true)),
                    "1.weight",
                    Trial.WIDTH,
                    Trial.BATCH,
                    Trial.WIDTH);
        }
    }

    @Test
    void alsoOfImagesUnderAPooledHead() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            assertBackprop(
                    trial,
                    List.of(
                            new Sequential(
                                    new Conv2d(trial.factory, 2, 4, Window.square(3, 1, 1), true), Activation.tanh()),
                            new Sequential(
                                    new Activation(GlobalAvgPool2d::globalAvgPool2d),
                                    new Linear(trial.factory, 4, Trial.CLASSES, true))),
                    "1.1.weight",
                    4,
                    5,
                    6,
                    4,
                    2);
        }
    }

    /** Each module differentiated by itself, from a gradient made by hand of the error. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void everyModuleLearnsFromTheError(int way) {
        UnaryOperator<Module> around = List.<UnaryOperator<Module>>of(
                        x -> x, Recomputed::new, x -> new Recomputed(new Recomputed(x)))
                .get(way);
        try (Trial trial = new Trial(DType.DOUBLE);
                TensorScope scope = trial.root.child()) {
            List<Module> modules = trial.modules(4, k -> around.apply(trial.inner()));
            DecoupledSequence sequence = sequence(trial, modules, Trial.WIDTH);
            Map<String, double[]> actual =
                    trial.step(around.apply(sequence), sequence.parameters()).gradients();

            Map<String, double[]> expected = new LinkedHashMap<>();
            Tensor labels = Trial.labels(scope, Trial.BATCH);
            List<Tensor> values = new ArrayList<>(List.of(trial.random(scope, 1, Trial.BATCH, Trial.WIDTH)));
            for (Module module : modules) {
                try (Tape tape = Tape.training(scope, 3)) {
                    Variable h = module.call(tape.constant(values.get(values.size() - 1)));
                    values.add(scope.allocate(h.shape(), h.dtype()).copyFrom(h.value()));
                }
            }
            double[] error;
            try (Tape tape = Tape.training(scope, 3)) {
                Variable logits = tape.leaf(values.get(4));
                tape.backward(SoftmaxCrossEntropy.crossEntropy(logits, tape.constant(labels)))
                        .close();
                error = tape.gradient(logits).toDoubles();
            }
            for (int k = 0; k < 4; k++) {
                try (Tape tape = Tape.training(scope, 3)) {
                    Variable x = tape.leaf(values.get(k));
                    Variable h = modules.get(k).call(x);
                    Tensor delta = scope.allocate(h.shape(), h.dtype());
                    delta.set(
                            k == 3
                                    ? error
                                    : fed(
                                            error,
                                            sequence.learners()
                                                    .get(k)
                                                    .buffers()
                                                    .get("matrix")
                                                    .toDoubles()));
                    try (Gradients gradients = tape.backward(List.of(h), List.of(delta))) {
                        sequence.parameters().forEach((name, parameter) -> {
                            Tensor gradient = gradients.of(parameter);
                            if (gradient != null) {
                                expected.put(name, gradient.toDoubles());
                            }
                        });
                    }
                    if (k == 0) {
                        expected.put("x", tape.gradient(x).toDoubles());
                    }
                }
            }
            Trial.assertClose(actual, expected, EXACT);
        }
    }

    private static double[] fed(double[] error, double[] matrix) {
        double[] delta = new double[Trial.BATCH * Trial.WIDTH];
        for (int b = 0; b < Trial.BATCH; b++) {
            for (int c = 0; c < Trial.WIDTH; c++) {
                for (int k = 0; k < Trial.CLASSES; k++) {
                    delta[b * Trial.WIDTH + c] += error[b * Trial.CLASSES + k] * matrix[c * Trial.CLASSES + k];
                }
            }
        }
        return delta;
    }

    /** All wait for the error, so activations are those of backpropagation, to the byte. */
    @Test
    void memoryIsThatOfBackpropagation() {
        long[] peaks = new long[2];
        for (int way = 0; way < 2; way++) {
            try (Trial trial = new Trial(DType.FLOAT)) {
                List<Module> modules = trial.modules(5, k -> trial.innerWithState());
                Module model = way == 0 ? new Sequential(modules) : sequence(trial, modules, Trial.WIDTH);
                trial.step(model);
                long base = trial.engine.ledger().liveBytes();
                trial.engine.resetPeaks();
                trial.step(model);
                peaks[way] = trial.engine.ledger().peakBytes(MemoryKind.ACTIVATION);
                assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
            }
        }
        assertThat(peaks[1]).isEqualTo(peaks[0]);
    }

    @Test
    void theSameSeedIsTheSameFeedback() {
        List<double[]> drawn = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            try (Trial trial = new Trial(DType.FLOAT)) {
                DecoupledSequence sequence = sequence(trial, trial.modules(2, k -> trial.inner()), Trial.WIDTH);
                assertThat(sequence.predictorParameters()).isEmpty();
                drawn.add(sequence.learners().get(0).buffers().get("matrix").toDoubles());
            }
        }
        assertThat(drawn.get(1)).containsExactly(drawn.get(0)).doesNotContain(0);
    }

    @Test
    void refusals() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            FeedbackMatrix matrix = new FeedbackMatrix(trial.factory, 4, Trial.WIDTH);
            assertThatThrownBy(() -> trial.step(DecoupledSequence.of(
                            trial.modules(2, k -> trial.inner()), List.of(new DirectFeedback(matrix)))))
                    .hasMessage(
                            "decoupled sequence: the last module returns [FLOAT[8, 3]], but feedback of errors is for"
                                    + " logits FLOAT[8, 4]");
            assertThatThrownBy(() -> trial.step(DecoupledSequence.of(
                            trial.modules(2, k -> trial.inner()),
                            List.of(new DirectFeedback(new FeedbackMatrix(trial.factory, 3, 5))))))
                    .hasMessageContaining("boundary 0 is [8, 6], its feedback matrix is for [B, ..., 5]");
            assertThatThrownBy(() -> trial.step(DecoupledSequence.of(
                            trial.modules(3, k -> trial.inner()),
                            List.of(
                                    new DirectFeedback(new FeedbackMatrix(trial.factory, 3, Trial.WIDTH)),
                                    new LocalLoss(AuxiliaryClassifier.ofRows(trial.factory, Trial.WIDTH, 3))))))
                    .hasMessage(
                            "decoupled sequence: boundary 0 waits for the error of the logits, but no gradient passes"
                                    + " boundary 1 behind it; give that one a rule that waits");
        }
    }
}
