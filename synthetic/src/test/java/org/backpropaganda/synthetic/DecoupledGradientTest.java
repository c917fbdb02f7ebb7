package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.MeanSquaredError;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets which gradient. */
class DecoupledGradientTest {
    private static final double EXACT = 1e-12;

    /** Parameters of modules and of predictors. */
    private static Map<String, Parameter> all(DecoupledSequence sequence) {
        Map<String, Parameter> all = new LinkedHashMap<>(sequence.parameters());
        all.putAll(sequence.predictorParameters());
        return all;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void predictorsOfZeroTeachNothing(boolean replayed) {
        try (Trial trial = new Trial(DType.FLOAT)) {
            List<Module> parts = trial.modules(4, k -> trial.innerWithState());
            Trial.Step plain = trial.step(new Sequential(parts));
            DecoupledSequence sequence = new DecoupledSequence(parts, trial.predictors(4));
            Trial.Step step = trial.step(replayed ? new Recomputed(sequence) : sequence, sequence.parameters());
            assertThat(step.loss()).isEqualTo(plain.loss());
            assertThat(step.gradients().keySet()).isEqualTo(plain.gradients().keySet());
            step.gradients().forEach((name, values) -> {
                if (name.startsWith("3.")) {
                    assertThat(values).as(name).containsExactly(plain.of(name));
                } else {
                    assertThat(values).as(name).containsOnly(0);
                }
            });
        }
    }

    /** Tensors of three modules in a row, computed one at a time on tapes of their own. */
    private static final class ByHand {
        private final Trial trial;
        private final DecoupledSequence sequence;
        private final TensorScope scope;
        private final Tensor labels;
        private final Map<String, double[]> gradients = new HashMap<>();

        ByHand(Trial trial, DecoupledSequence sequence, TensorScope scope) {
            this.trial = trial;
            this.sequence = sequence;
            this.scope = scope;
            this.labels = Trial.labels(scope, Trial.BATCH);
        }

        private Tensor copy(Tensor tensor) {
            return scope.allocate(tensor.shape(), tensor.dtype()).copyFrom(tensor);
        }

        private Tensor scaled(Tensor tensor, double factor) {
            Tensor result = scope.allocate(tensor.shape(), tensor.dtype());
            Kernels.of(tensor).eltwise().forward(EltwiseKernel.Function.SCALE, factor, tensor, result);
            return result;
        }

        private void note(Gradients found) {
            all(sequence).forEach((name, parameter) -> {
                Tensor gradient = found.of(parameter);
                if (gradient != null) {
                    assertThat(gradients.put(name, gradient.toDoubles()))
                            .as(name)
                            .isNull();
                }
            });
            found.close();
        }

        Tensor result(int module, Tensor input) {
            try (Tape tape = Tape.training(scope, 3)) {
                return copy(sequence.modules()
                        .get(module)
                        .call(tape.constant(input))
                        .value());
            }
        }

        /** ĝ = M(h, labels) / B. */
        Tensor prediction(int boundary, Tensor h) {
            try (Tape tape = Tape.training(scope, 3)) {
                Variable perExample = sequence.predictors()
                        .get(boundary)
                        .call(List.of(tape.constant(h), tape.constant(labels)))
                        .get(0);
                return scaled(perExample.value(), 1.0 / Trial.BATCH);
            }
        }

        /** The gradient at the input, given that at the result, or the loss where there is none. */
        Tensor back(int module, Tensor input, Tensor outputGradient) {
            try (Tape tape = Tape.training(scope, 3)) {
                Variable x = tape.leaf(input);
                Variable y = sequence.modules().get(module).call(x);
                note(
                        outputGradient == null
                                ? tape.backward(SoftmaxCrossEntropy.crossEntropy(y, tape.constant(labels)))
                                : tape.backward(List.of(y), List.of(outputGradient)));
                return copy(tape.gradient(x));
            }
        }

        /** (1/B) Σ ‖M(h, labels) − B δ‖², as the mean over all elements times the elements of one example. */
        void regress(int boundary, Tensor h, Tensor target) {
            try (Tape tape = Tape.training(scope, 3)) {
                Variable perExample = sequence.predictors()
                        .get(boundary)
                        .call(List.of(tape.constant(h), tape.constant(labels)))
                        .get(0);
                Variable loss =
                        MeanSquaredError.meanSquaredError(perExample, tape.constant(scaled(target, Trial.BATCH)));
                Tensor width = scope.allocate(Shape.scalar(), trial.dtype).fill(Trial.WIDTH);
                note(tape.backward(List.of(loss), List.of(width)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void modulesLearnFromPredictionsAndPredictorsFromTheirTargets(boolean replayed) {
        try (Trial trial = new Trial(DType.DOUBLE);
                TensorScope scope = trial.root.child()) {
            DecoupledSequence sequence =
                    new DecoupledSequence(trial.modules(3, k -> trial.inner()), trial.predictors(3));
            Trial.randomize(sequence.predictorParameterList());
            Trial.Step step = trial.step(replayed ? new Recomputed(sequence) : sequence, all(sequence));

            ByHand hand = new ByHand(trial, sequence, scope);
            Tensor x = trial.random(scope, 1, Trial.BATCH, Trial.WIDTH);
            Tensor h0 = hand.result(0, x);
            Tensor h1 = hand.result(1, h0);
            Tensor dx = hand.back(0, x, hand.prediction(0, h0));
            Tensor bootstrapped = hand.back(1, h0, hand.prediction(1, h1));
            hand.regress(0, h0, bootstrapped);
            Tensor truth = hand.back(2, h1, null);
            hand.regress(1, h1, truth);
            hand.gradients.put("x", dx.toDoubles());
            Trial.assertClose(step.gradients(), hand.gradients, EXACT);
        }
    }

    @Test
    void twoCallsBeforeBackwardAddUp() {
        try (Trial trial = new Trial(DType.DOUBLE);
                TensorScope scope = trial.root.child()) {
            DecoupledSequence sequence =
                    new DecoupledSequence(trial.modules(3, k -> trial.inner()), trial.predictors(3));
            Trial.randomize(sequence.predictorParameterList());
            List<Tensor> inputs = List.of(
                    trial.random(scope, 1, Trial.BATCH, Trial.WIDTH), trial.random(scope, 2, Trial.BATCH, Trial.WIDTH));
            Tensor dy = trial.random(scope, 3, Trial.BATCH, Trial.CLASSES);
            Tensor labels = Trial.labels(scope, Trial.BATCH);
            Module model = new Recomputed(sequence);
            try (Gradients apart = new Gradients(scope);
                    Gradients together = new Gradients(scope);
                    Tape both = Tape.builder(scope).gradients(together).share(1).build()) {
                List<Variable> results = new ArrayList<>();
                for (Tensor input : inputs) {
                    try (Tape one =
                            Tape.builder(scope).gradients(apart).share(1).build()) {
                        Variable y = sequence.call(List.of(one.leaf(input), one.constant(labels)))
                                .get(0);
                        assertThat(one.backward(List.of(y), List.of(dy))).isSameAs(apart);
                    }
                    results.addAll(model.call(List.of(both.leaf(input), both.constant(labels))));
                }
                assertThat(both.backward(results, List.of(dy, dy))).isSameAs(together);
                all(sequence)
                        .forEach((name, parameter) -> assertThat(
                                        together.of(parameter).toDoubles())
                                .as(name)
                                .containsExactly(apart.of(parameter).toDoubles(), Offset.offset(EXACT)));
            }
        }
    }

    @Property(tries = 20)
    void aBatchGivenTwiceOverTeachesPredictorsTheSame(
            @ForAll @IntRange(min = 1, max = 9) int batch,
            @ForAll @IntRange(min = 2, max = 4) int modules,
            @ForAll @LongRange(min = 0, max = 1000) long seed) {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            DecoupledSequence sequence =
                    new DecoupledSequence(trial.modules(modules, k -> trial.inner()), trial.predictors(modules));
            Trial.randomize(sequence.predictorParameterList());
            double[] once = trial.random(trial.root, seed, batch, Trial.WIDTH).toDoubles();
            double[] twice = new double[2 * once.length];
            System.arraycopy(once, 0, twice, 0, once.length);
            System.arraycopy(once, 0, twice, once.length, once.length);
            int[] labels = new int[2 * batch];
            for (int b = 0; b < labels.length; b++) {
                labels[b] = (int) ((seed + b % batch) % Trial.CLASSES);
            }
            Map<String, Parameter> watched = all(sequence);
            Trial.Step single = trial.step(
                    sequence,
                    watched,
                    trial.random(trial.root, seed, batch, Trial.WIDTH),
                    trial.root.allocate(Shape.of(batch), DType.INT).set(Arrays.copyOf(labels, batch)),
                    false);
            Trial.Step doubled = trial.step(
                    sequence,
                    watched,
                    trial.root
                            .allocate(Shape.of(2L * batch, Trial.WIDTH), trial.dtype)
                            .set(twice),
                    trial.root.allocate(Shape.of(2L * batch), DType.INT).set(labels),
                    false);
            watched.keySet()
                    .forEach(name -> assertThat(doubled.of(name))
                            .as(name)
                            .containsExactly(single.of(name), Offset.offset(1e-11)));
        }
    }

    @Test
    void predictorsAreNoPartOfTheModel() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            List<Module> parts = trial.modules(3, k -> trial.inner());
            DecoupledSequence sequence = new DecoupledSequence(parts, trial.predictors(3));
            assertThat(sequence.parameters()).isEqualTo(new Sequential(parts).parameters());
            assertThat(sequence.predictorParameters().keySet())
                    .containsExactly(
                            "predictors.0.linear.weight",
                            "predictors.0.linear.bias",
                            "predictors.0.labels.weight",
                            "predictors.1.linear.weight",
                            "predictors.1.linear.bias",
                            "predictors.1.labels.weight");
            sequence.predictorParameters()
                    .forEach((name, parameter) -> assertThat(parameter.path()).isEqualTo(name));
        }
    }
}
