package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.api.Test;

/** Modules that learn in some steps only, and predictions of which a part is applied. */
class UpdateProbabilityTest {
    private static final double EXACT = 1e-12;

    private static DecoupledSequence sequence(Trial trial, UnaryOperator<PredictedGradient> change) {
        List<LinearPredictor> predictors = trial.predictors(3);
        DecoupledSequence sequence = DecoupledSequence.of(
                trial.modules(3, k -> trial.inner()),
                predictors.stream()
                        .map(predictor -> change.apply(new PredictedGradient(predictor)))
                        .toList());
        Trial.randomize(sequence.predictorParameterList());
        return sequence;
    }

    private static Map<String, double[]> gradients(Trial trial, Module model, Map<String, Parameter> of, long seed) {
        Map<String, double[]> values = new LinkedHashMap<>();
        try (TensorScope scope = trial.root.child();
                Tape tape = Tape.training(scope, seed)) {
            Variable y = tape.constant(Trial.labels(scope, Trial.BATCH));
            Variable x = tape.leaf(trial.random(scope, 1, Trial.BATCH, Trial.WIDTH));
            Variable loss =
                    SoftmaxCrossEntropy.crossEntropy(model.call(List.of(x, y)).get(0), y);
            try (Gradients gradients = tape.backward(loss)) {
                of.forEach((name, parameter) -> {
                    Tensor gradient = gradients.of(parameter);
                    if (gradient != null) {
                        values.put(name, gradient.toDoubles());
                    }
                });
            }
            Tensor gradient = tape.gradient(x);
            if (gradient != null) {
                values.put("x", gradient.toDoubles());
            }
        }
        return values;
    }

    private static Map<String, Parameter> all(DecoupledSequence sequence) {
        Map<String, Parameter> all = new LinkedHashMap<>(sequence.parameters());
        all.putAll(sequence.predictorParameters());
        return all;
    }

    /** What learns in a step learns what it would if all did, and of 400 draws at 0.3 between 80 and 160 do. */
    @Test
    void aModuleLearnsAsItWouldOrNotAtAll() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            DecoupledSequence always = sequence(trial, rule -> rule);
            Map<String, double[]> whole = gradients(trial, always, all(always), 1);
            List<BoundaryRule> rules = new ArrayList<>();
            always.rules().forEach(rule -> rules.add(((PredictedGradient) rule).updating(0.3)));
            DecoupledSequence sometimes = DecoupledSequence.of(always.modules(), rules);
            int[] learned = new int[2];
            for (long seed = 0; seed < 200; seed++) {
                Map<String, double[]> part = gradients(trial, sometimes, all(sometimes), seed);
                part.forEach((name, values) -> assertThat(values).as(name).containsExactly(whole.get(name)));
                boolean first = part.containsKey("0.0.weight");
                boolean second = part.containsKey("1.0.weight");
                learned[0] += first ? 1 : 0;
                learned[1] += second ? 1 : 0;
                assertThat(part.containsKey("x")).isEqualTo(first);
                assertThat(part.containsKey("predictors.0.linear.weight")).isEqualTo(second);
                assertThat(part).containsKeys("2.0.weight", "predictors.1.linear.weight");
                if (seed < 20) {
                    Map<String, double[]> again = gradients(trial, new Recomputed(sometimes), all(sometimes), seed);
                    Trial.assertClose(again, part, 0);
                }
            }
            assertThat(learned[0]).isBetween(40, 80);
            assertThat(learned[1]).isBetween(40, 80).isNotEqualTo(learned[0]);
        }
    }

    /** Modules learn from a tenth of the prediction; predictors from what a whole one makes of it. */
    @Test
    void aFactorIsOfWhatModulesLearnAlone() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            DecoupledSequence whole = sequence(trial, rule -> rule);
            List<BoundaryRule> rules = new ArrayList<>();
            whole.rules().forEach(rule -> rules.add(((PredictedGradient) rule).applying(0.1)));
            DecoupledSequence part = DecoupledSequence.of(whole.modules(), rules);
            Map<String, double[]> expected = gradients(trial, whole, all(whole), 1);
            Map<String, double[]> actual = gradients(trial, part, all(part), 1);
            expected.forEach((name, values) -> {
                boolean below = name.startsWith("0.") || name.startsWith("1.") || name.equals("x");
                for (int i = 0; below && i < values.length; i++) {
                    values[i] *= 0.1;
                }
            });
            Trial.assertClose(actual, expected, EXACT);
        }
    }

    /** Behind a module that waits, a factor is that of both. */
    @Test
    void aFactorHoldsForModulesThatWaitForIt() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            DecoupledSequence dni = sequence(trial, rule -> rule);
            List<Map<String, double[]>> gradients = new ArrayList<>();
            for (double factor : new double[] {1, 0.1}) {
                DecoupledSequence mixed = DecoupledSequence.of(
                        dni.modules(),
                        List.of(
                                ((PredictedGradient) dni.rules().get(0)).mixing(Mixing.constant(0.4)),
                                ((PredictedGradient) dni.rules().get(1)).applying(factor)));
                gradients.add(gradients(trial, mixed, all(mixed), 1));
            }
            gradients.get(0).forEach((name, values) -> {
                boolean below = name.startsWith("0.") || name.startsWith("1.") || name.equals("x");
                for (int i = 0; below && i < values.length; i++) {
                    values[i] *= 0.1;
                }
            });
            Trial.assertClose(gradients.get(1), gradients.get(0), EXACT);
        }
    }
}
