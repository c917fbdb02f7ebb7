package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.local.AuxiliaryClassifier;
import org.backpropaganda.synthetic.local.LocalObjective;
import org.backpropaganda.synthetic.local.PredictionAndSimilarity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LocalLossTest {
    private static final double EXACT = 1e-12;

    enum Objective {
        CLASSIFIER,
        HIDDEN,
        MONO_FORWARD,
        SIMILARITY;

        LocalObjective make(ParameterFactory factory) {
            return switch (this) {
                case CLASSIFIER -> AuxiliaryClassifier.ofRows(factory, Trial.WIDTH, Trial.CLASSES);
                case HIDDEN ->
                    AuxiliaryClassifier.ofRows(factory, Trial.WIDTH, Trial.CLASSES)
                            .withHidden(factory, 4);
                case MONO_FORWARD -> AuxiliaryClassifier.monoForward(factory, false, Trial.WIDTH, Trial.CLASSES);
                case SIMILARITY -> new PredictionAndSimilarity(factory, false, Trial.WIDTH, Trial.CLASSES);
            };
        }
    }

    private static DecoupledSequence sequence(Trial trial, Objective objective, List<Module> modules) {
        ParameterFactory own = new ParameterFactory(trial.root, trial.dtype, 17);
        return DecoupledSequence.of(
                modules,
                Stream.generate(() -> new LocalLoss(objective.make(own)))
                        .limit(modules.size() - 1)
                        .toList());
    }

    private static Map<String, Parameter> all(DecoupledSequence sequence) {
        Map<String, Parameter> all = new LinkedHashMap<>(sequence.parameters());
        all.putAll(sequence.predictorParameters());
        return all;
    }

    /** Each module with its objective alone on a tape, from a constant: nothing of one reaches another. */
    @ParameterizedTest
    @EnumSource(Objective.class)
    void everyModuleLearnsFromItsOwnLossAlone(Objective objective) {
        try (Trial trial = new Trial(DType.DOUBLE);
                TensorScope scope = trial.root.child()) {
            List<Module> modules = trial.modules(3, k -> trial.inner());
            DecoupledSequence sequence = sequence(trial, objective, modules);
            Map<String, double[]> actual = trial.step(sequence, all(sequence)).gradients();
            Map<String, double[]> expected = new LinkedHashMap<>();
            Tensor value = trial.random(scope, 1, Trial.BATCH, Trial.WIDTH);
            Tensor labels = Trial.labels(scope, Trial.BATCH);
            for (int k = 0; k < 3; k++) {
                try (Tape tape = Tape.training(scope, 3)) {
                    Variable x = tape.leaf(value);
                    Variable y = tape.constant(labels);
                    Variable h = modules.get(k).call(x);
                    value = scope.allocate(h.shape(), h.dtype()).copyFrom(h.value());
                    Variable loss = k == 2
                            ? SoftmaxCrossEntropy.crossEntropy(h, y)
                            : sequence.learners().get(k).call(List.of(h, y)).get(0);
                    try (Gradients gradients = tape.backward(loss)) {
                        all(sequence).forEach((name, parameter) -> {
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
            assertThat(expected.keySet()).containsAll(all(sequence).keySet());
            Trial.assertClose(actual, expected, EXACT);
        }
    }

    /** Recomputed as a whole, or each module, it learns the same, and once. */
    @ParameterizedTest
    @EnumSource(Objective.class)
    void replaysChangeNothing(Objective objective) {
        List<UnaryOperator<Module>> ways = List.of(x -> x, Recomputed::new, x -> new Recomputed(new Recomputed(x)));
        List<Map<String, double[]>> gradients = new ArrayList<>();
        List<Map<String, double[]>> buffers = new ArrayList<>();
        for (UnaryOperator<Module> way : ways) {
            try (Trial trial = new Trial(DType.DOUBLE)) {
                DecoupledSequence sequence =
                        sequence(trial, objective, trial.modules(4, k -> way.apply(trial.innerWithState())));
                Map<String, Parameter> all = all(sequence);
                Module model = way.apply(sequence);
                long base = trial.engine.ledger().liveBytes();
                gradients.add(trial.step(model, all).gradients());
                buffers.add(Trial.buffers(sequence));
                assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
            }
        }
        for (int way = 1; way < ways.size(); way++) {
            Trial.assertClose(gradients.get(way), gradients.get(0), EXACT);
            Trial.assertClose(buffers.get(way), buffers.get(0), 0);
        }
    }

    /** A classifier of zeros has nothing to say about h. */
    @Test
    void zeroClassifiersMoveNoModule() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            DecoupledSequence sequence = sequence(trial, Objective.CLASSIFIER, trial.modules(3, k -> trial.inner()));
            sequence.predictorParameterList()
                    .forEach(parameter -> parameter.value().fill(0));
            Map<String, double[]> gradients =
                    trial.step(sequence, all(sequence)).gradients();
            gradients.forEach((name, values) -> {
                if (name.startsWith("0.") || name.startsWith("1.") || name.equals("x")) {
                    assertThat(values).as(name).containsOnly(0);
                }
            });
            assertThat(gradients.get("objectives.0.head.bias")).doesNotContain(0);
            assertThat(gradients.get("2.0.weight")).doesNotContain(0);
        }
    }

    /** Twice the same examples are the same mean: the trajectory of plain gradient descent stays. */
    @ParameterizedTest
    @EnumSource(Objective.class)
    void aBatchGivenTwiceOverTeachesTheSame(Objective objective) {
        List<Map<String, double[]>> ends = new ArrayList<>();
        for (int times = 1; times <= 2; times++) {
            try (Trial trial = new Trial(DType.DOUBLE);
                    TensorScope scope = trial.root.child()) {
                DecoupledSequence sequence = sequence(trial, objective, trial.modules(3, k -> trial.inner()));
                Map<String, Parameter> all = all(sequence);
                Tensor x = repeated(scope, trial.random(scope, 1, Trial.BATCH, Trial.WIDTH), times);
                Tensor labels = repeated(scope, Trial.labels(scope, Trial.BATCH), times);
                try (Optimizer optimizer = Sgd.builder(0.1).build(List.copyOf(all.values()), trial.root)) {
                    for (int step = 0; step < 5; step++) {
                        try (Tape tape = Tape.training(scope, 3)) {
                            Variable y = tape.constant(labels);
                            Variable logits =
                                    sequence.call(List.of(tape.constant(x), y)).get(0);
                            try (Gradients gradients = tape.backward(SoftmaxCrossEntropy.crossEntropy(logits, y))) {
                                optimizer.step(gradients);
                            }
                        }
                    }
                }
                ends.add(Trial.values(all));
            }
        }
        Trial.assertClose(ends.get(1), ends.get(0), EXACT);
    }

    private static Tensor repeated(TensorScope scope, Tensor once, int times) {
        Tensor all = scope.allocate(once.shape().with(0, times * once.shape().dim(0)), once.dtype(), MemoryKind.INPUT);
        double[] values = once.toDoubles();
        double[] longer = new double[times * values.length];
        for (int i = 0; i < longer.length; i++) {
            longer[i] = values[i % values.length];
        }
        return once.dtype() == DType.INT
                ? all.set(Arrays.stream(longer).mapToInt(v -> (int) v).toArray())
                : all.set(longer);
    }

    @Test
    void thePeakDoesNotGrowWithTheNumberOfModules() {
        long[] peaks = new long[2];
        for (int i = 0; i < 2; i++) {
            try (Trial trial = new Trial(DType.FLOAT)) {
                Module model = sequence(
                        trial, Objective.SIMILARITY, trial.modules(i == 0 ? 3 : 9, k -> trial.innerWithState()));
                trial.step(model);
                trial.engine.resetPeaks();
                trial.step(model);
                peaks[i] = trial.engine.ledger().peakBytes(MemoryKind.ACTIVATION);
            }
        }
        assertThat(peaks[1]).isEqualTo(peaks[0]);
    }

    @Test
    void updatesAtOnceHoldForObjectivesToo() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            DecoupledSequence sequence = sequence(trial, Objective.CLASSIFIER, trial.modules(3, k -> trial.inner()));
            Map<String, double[]> before = Trial.values(all(sequence));
            Map<String, double[]> gradients =
                    trial.step(sequence, all(sequence)).gradients();
            try (Optimizer optimizer =
                    Sgd.builder(0.5).build(List.copyOf(all(sequence).values()), trial.root)) {
                sequence.updating(UpdateRule.atOnce(optimizer, optimizer));
                trial.step(sequence, all(sequence));
            }
            Trial.values(all(sequence)).forEach((name, values) -> {
                if (!name.startsWith("2.")) {
                    double[] expected = before.get(name).clone();
                    for (int i = 0; i < expected.length; i++) {
                        expected[i] -= 0.5 * gradients.get(name)[i];
                    }
                    assertThat(values[0]).as(name).isCloseTo(expected[0], org.assertj.core.data.Offset.offset(1e-9));
                }
            });
        }
    }

    @Test
    void refusals() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            DecoupledSequence sequence = sequence(trial, Objective.CLASSIFIER, trial.modules(2, k -> trial.inner()));
            try (Tape tape = Tape.training(trial.root, 1)) {
                Variable x = tape.constant(trial.random(trial.root, 1, Trial.BATCH, Trial.WIDTH));
                assertThatThrownBy(() -> sequence.call(x))
                        .hasMessage("decoupled sequence: local loss 0 is conditioned on labels; call the sequence with"
                                + " [x, labels]");
            }
            DecoupledSequence other = DecoupledSequence.of(
                    trial.modules(2, k -> trial.inner()),
                    List.of(new LocalLoss(AuxiliaryClassifier.ofRows(trial.factory, 5, 3))));
            assertThatThrownBy(() -> trial.step(other))
                    .hasMessage("auxiliary classifier: the boundary is FLOAT[8, 6], made for [B, C] with 5 channels");
            assertThatThrownBy(() -> AuxiliaryClassifier.ofRows(trial.factory, 5, 0))
                    .hasMessageContaining("0 classes");
        }
    }
}
