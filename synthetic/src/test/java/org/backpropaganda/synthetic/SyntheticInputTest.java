package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.MeanSquaredError;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** Modules that run on predicted inputs. */
class SyntheticInputTest {
    private static final double EXACT = 1e-12;

    private static DecoupledSequence unlocked(Trial trial, List<Module> modules) {
        List<BoundaryRule> rules = new ArrayList<>();
        trial.predictors(modules.size())
                .forEach(predictor -> rules.add(new PredictedGradient(predictor)
                        .unlocking(new Linear(trial.factory, Trial.WIDTH, Trial.WIDTH, true))));
        DecoupledSequence sequence = DecoupledSequence.of(modules, rules);
        Trial.randomize(sequence.predictorParameterList());
        return sequence;
    }

    private static Map<String, Parameter> all(DecoupledSequence sequence) {
        Map<String, Parameter> all = new LinkedHashMap<>(sequence.parameters());
        all.putAll(sequence.predictorParameters());
        return all;
    }

    /** The last module by hand: it sees I(x), its loss is of that, and its predictor's target the gradient there. */
    @Test
    void theModuleBehindRunsOnThePrediction() {
        try (Trial trial = new Trial(DType.DOUBLE);
                TensorScope scope = trial.root.child()) {
            DecoupledSequence sequence = unlocked(trial, trial.modules(2, k -> trial.inner()));
            Trial.Step step = trial.step(sequence, all(sequence));
            Module input = sequence.rules().get(0).input();
            Tensor x = trial.random(scope, 1, Trial.BATCH, Trial.WIDTH);
            Map<String, double[]> expected = new LinkedHashMap<>();
            double[] target;
            Tensor synthetic;
            try (Tape tape = Tape.training(scope, 3)) {
                Variable leaf = tape.leaf(input.call(tape.constant(x)).value());
                synthetic = scope.allocate(leaf.shape(), leaf.dtype()).copyFrom(leaf.value());
                Variable loss = SoftmaxCrossEntropy.crossEntropy(
                        sequence.modules().get(1).call(leaf), tape.constant(Trial.labels(scope, Trial.BATCH)));
                assertThat(step.loss()).isEqualTo(loss.value().item());
                collect(tape.backward(loss), sequence, expected);
                target = tape.gradient(leaf).toDoubles();
            }
            try (Tape tape = Tape.training(scope, 3)) {
                Variable h = tape.constant(
                        sequence.modules().get(0).call(tape.constant(x)).value());
                Variable mean = MeanSquaredError.meanSquaredError(input.call(tape.constant(x)), h);
                collect(tape.backward(Scale.scale(mean, Trial.WIDTH)), sequence, expected);
            }
            try (Tape tape = Tape.training(scope, 3)) {
                Variable m = sequence.predictors()
                        .get(0)
                        .call(List.of(tape.constant(synthetic), tape.constant(Trial.labels(scope, Trial.BATCH))))
                        .get(0);
                double[] slope = m.value().toDoubles();
                for (int i = 0; i < slope.length; i++) {
                    slope[i] = 2 * (slope[i] / Trial.BATCH - target[i]);
                }
                Tensor given = scope.allocate(m.shape(), m.dtype()).set(slope);
                collect(tape.backward(List.of(m), List.of(given)), sequence, expected);
            }
            assertThat(expected).containsKeys("1.0.weight", "inputs.0.weight", "predictors.0.linear.weight");
            expected.forEach((name, values) -> assertThat(step.of(name))
                    .as(name)
                    .containsExactly(values, org.assertj.core.data.Offset.offset(EXACT)));
        }
    }

    private static void collect(Gradients gradients, DecoupledSequence of, Map<String, double[]> into) {
        try (gradients) {
            all(of).forEach((name, parameter) -> {
                Tensor gradient = gradients.of(parameter);
                if (gradient != null) {
                    into.put(name, gradient.toDoubles());
                }
            });
        }
    }

    @Test
    void replaysChangeNothing() {
        List<UnaryOperator<Module>> ways = List.of(x -> x, Recomputed::new, x -> new Recomputed(new Recomputed(x)));
        List<Trial.Step> steps = new ArrayList<>();
        for (UnaryOperator<Module> way : ways) {
            try (Trial trial = new Trial(DType.DOUBLE)) {
                DecoupledSequence sequence = unlocked(trial, trial.modules(4, k -> way.apply(trial.innerWithState())));
                Module model = way.apply(sequence);
                long base = trial.engine.ledger().liveBytes();
                steps.add(trial.step(model, all(sequence)));
                assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
            }
        }
        for (Trial.Step step : steps) {
            assertThat(step.loss()).isEqualTo(steps.get(0).loss());
            Trial.assertClose(step.gradients(), steps.get(0).gradients(), EXACT);
        }
    }

    @Test
    void refusals() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            PredictedGradient rule = new PredictedGradient(trial.predictors(2).get(0))
                    .unlocking(new Linear(trial.factory, Trial.WIDTH, 4, true));
            assertThatThrownBy(() -> rule.mixing(Mixing.constant(0.5)))
                    .hasMessageContaining("a predicted input is for modules that wait for no gradient");
            DecoupledSequence sequence = DecoupledSequence.of(trial.modules(2, k -> trial.inner()), List.of(rule));
            assertThatThrownBy(() -> trial.step(sequence))
                    .hasMessageContaining("boundary 0 is FLOAT[8, 6], the prediction of it [FLOAT[8, 4]]");
        }
    }
}
