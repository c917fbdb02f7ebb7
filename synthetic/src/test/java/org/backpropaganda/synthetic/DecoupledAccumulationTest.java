package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.backpropaganda.synthetic.testing.BoundaryRecorder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A batch that comes in several small ones, each with its share of the step. */
class DecoupledAccumulationTest {
    private static final double EXACT = 1e-12;
    private static final int[][] SPLITS = {{4, 4}, {6, 2}, {1, 7}, {3, 3, 2}, {1, 1, 1, 1, 1, 1, 1, 1}};

    private static DecoupledSequence sequence(Trial trial) {
        DecoupledSequence sequence = new DecoupledSequence(trial.modules(3, k -> trial.inner()), trial.predictors(3));
        Trial.randomize(sequence.predictorParameterList());
        return sequence;
    }

    private static Map<String, Parameter> all(DecoupledSequence sequence) {
        Map<String, Parameter> all = new LinkedHashMap<>(sequence.parameters());
        all.putAll(sequence.predictorParameters());
        return all;
    }

    /** A part of a tensor's rows. */
    private static Tensor rows(TensorScope scope, Tensor whole, int from, int count) {
        int width = (int) (whole.elements() / whole.shape().dim(0));
        double[] values = Arrays.copyOfRange(whole.toDoubles(), from * width, (from + count) * width);
        return scope.allocate(whole.shape().with(0, count), whole.dtype(), MemoryKind.INPUT)
                .set(values);
    }

    /** The gradients of a batch of eight that comes in parts. */
    private static Map<String, double[]> gradients(
            Trial trial, Module model, Map<String, Parameter> parameters, int... parts) {
        try (TensorScope scope = trial.root.child();
                Gradients gradients = new Gradients(scope)) {
            Tensor x = trial.random(scope, 1, Trial.BATCH, Trial.WIDTH);
            Tensor labels = Trial.labels(scope, Trial.BATCH);
            int from = 0;
            for (int part : parts) {
                TapeBuilder builder = Tape.builder(scope).seed(3).gradients(gradients);
                if (part != Trial.BATCH) {
                    builder.share(part / (double) Trial.BATCH);
                }
                try (Tape tape = builder.build()) {
                    tape.backward(loss(tape, model, rows(scope, x, from, part), rows(scope, labels, from, part)));
                }
                from += part;
            }
            assertThat(from).isEqualTo(Trial.BATCH);
            Map<String, double[]> values = new LinkedHashMap<>();
            parameters.forEach((name, parameter) ->
                    values.put(name, gradients.of(parameter).toDoubles()));
            return values;
        }
    }

    private static Variable loss(Tape tape, Module model, Tensor x, Tensor labels) {
        Variable y = tape.constant(labels);
        return SoftmaxCrossEntropy.crossEntropy(
                model.call(List.of(tape.constant(x), y)).get(0), y);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everySplitOfABatchTeachesTheSame(boolean replayed) {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            DecoupledSequence sequence = sequence(trial);
            Module model = replayed ? new Recomputed(sequence) : sequence;
            Map<String, double[]> whole = gradients(trial, model, all(sequence), Trial.BATCH);
            whole.forEach((name, values) -> assertThat(Arrays.stream(values).anyMatch(v -> Math.abs(v) > 1e-3))
                    .as(name)
                    .isTrue());
            for (int[] split : SPLITS) {
                Trial.assertClose(gradients(trial, model, all(sequence), split), whole, EXACT);
            }
        }
    }

    @Test
    void alsoWhereSequencesNest() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            DecoupledSequence first = unconditioned(trial, trial.inner(), trial.inner());
            DecoupledSequence last = unconditioned(trial, trial.inner(), trial.head());
            DecoupledSequence outer = unconditioned(trial, first, last);
            Map<String, Parameter> watched = all(outer);
            for (DecoupledSequence sequence : List.of(first, last)) {
                sequence.predictorParameters().forEach((name, p) -> watched.put(watched.size() + name, p));
            }
            Map<String, double[]> whole = gradients(trial, outer, watched, Trial.BATCH);
            for (int[] split : SPLITS) {
                Trial.assertClose(gradients(trial, outer, watched, split), whole, EXACT);
            }
        }
    }

    private static DecoupledSequence unconditioned(Trial trial, Module first, Module last) {
        LinearPredictor predictor = new LinearPredictor(trial.factory, Trial.WIDTH);
        Trial.randomize(predictor.parameterList());
        return new DecoupledSequence(List.of(first, last), List.of(predictor));
    }

    /** What an oracle was told of one share holds for any other. */
    @Test
    void anOracleIsToldTheGradientOfTheMean() {
        try (Trial trial = new Trial(DType.DOUBLE);
                TensorScope scope = trial.root.child()) {
            List<Module> parts = trial.modules(3, k -> trial.inner());
            Map<String, double[]> exact = trial.step(new Sequential(parts)).gradients();
            BoundaryRecorder recorder = new BoundaryRecorder(parts, trial.root);
            Tensor x = trial.random(scope, 1, Trial.BATCH, Trial.WIDTH);
            Tensor labels = Trial.labels(scope, Trial.BATCH);
            try (Tape tape = Tape.builder(scope).share(0.25).build()) {
                tape.backward(loss(tape, recorder, x, labels)).close();
            }
            DecoupledSequence told = new DecoupledSequence(parts, recorder.oracles());
            Trial.assertClose(trial.step(told).gradients(), exact, EXACT);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT", "DOUBLE"})
    void backwardRefusesAnotherShare(DType dtype) {
        try (Trial trial = new Trial(dtype);
                TensorScope scope = trial.root.child()) {
            DecoupledSequence sequence = sequence(trial);
            Tensor x = trial.random(scope, 1, Trial.BATCH, Trial.WIDTH);
            Tensor labels = Trial.labels(scope, Trial.BATCH);
            Tensor half = scope.allocate(Shape.scalar(), dtype).fill(0.5);
            Tensor third = scope.allocate(Shape.scalar(), dtype).fill(1 / 3.0);
            try (Tape tape = Tape.training(scope, 1)) {
                Variable loss = loss(tape, new Sequential(Map.of("net", sequence)), x, labels);
                assertThatThrownBy(() -> tape.backward(List.of(loss), List.of(half)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("backward: begins with the gradient 0.5, but decoupled sequence in net"
                                + " differentiated in forward with the share 1.0; give the share to TapeBuilder.share,"
                                + " call backward(loss), and gather the gradients anew");
            }
            try (Tape tape = Tape.builder(scope).share(0.75).build()) {
                Variable loss = loss(tape, new Recomputed(sequence), x, labels);
                assertThatThrownBy(() -> tape.backward(List.of(loss), List.of(half)))
                        .hasMessageContaining("with the share 0.75");
            }
            try (Tape tape = Tape.builder(scope).share(1 / 3.0).build()) {
                tape.backward(List.of(loss(tape, sequence, x, labels)), List.of(third))
                        .close();
            }
            try (Tape tape = Tape.training(scope, 1)) {
                Variable logits = sequence.call(List.of(tape.constant(x), tape.constant(labels)))
                        .get(0);
                Tensor ones = scope.allocate(logits.shape(), dtype).fill(1);
                assertThatThrownBy(() -> tape.backward(List.of(logits), List.of(ones)))
                        .hasMessageContaining("is no loss that would tell; name it with TapeBuilder.share");
            }
        }
    }

    @Test
    void updatesAtOnceCannotGather() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            DecoupledSequence sequence = sequence(trial);
            try (Optimizer modules = Sgd.builder(0.1).build(sequence.parameterList(), trial.root);
                    Optimizer predictors = Sgd.builder(0.1).build(sequence.predictorParameterList(), trial.root)) {
                sequence.updating(UpdateRule.atOnce(modules, predictors));
                Map<String, double[]> before = Trial.values(all(sequence));
                assertThatThrownBy(() -> gradients(trial, sequence, all(sequence), 4, 4))
                        .hasMessage("decoupled sequence: updates weights at once, but this is the share 0.5 of a step,"
                                + " whose gradients have to gather; update at the end of the step");
                Trial.assertClose(Trial.values(all(sequence)), before, 0);
            }
        }
    }
}
