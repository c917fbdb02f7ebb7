package org.backpropaganda.synthetic.predictor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What predictors are trained on. */
class RegressionTest {
    private static final double STEP = 1e-5;

    static Stream<Cases.Case> predictors() {
        return Stream.concat(
                Cases.all().stream(),
                Stream.of(new Cases.Case(
                        "critic of values",
                        f -> CriticPredictor.ofValues(f, Cases.CHANNELS, Cases.CLASSES, 1, 6),
                        new long[] {Cases.BATCH, 2, 2, Cases.CHANNELS},
                        new long[] {Cases.BATCH})));
    }

    /** A boundary, given as often as asked for, with its labels and target and, for critics, losses. */
    private record Given(Tensor h, List<Tensor> labels, Tensor target, Tensor losses) {
        static Given of(Cases.Trial trial, Cases.Case of, int copies) {
            Tensor target = trial.random(12, of.boundary());
            List<Tensor> labels = of.labels().length == 0
                    ? List.of()
                    : List.of(repeated(trial, trial.labels(of.labels()), copies, 1));
            return new Given(
                    repeated(trial, trial.random(11, of.boundary()), copies, 1),
                    labels,
                    repeated(trial, target, copies, 1.0 / copies),
                    repeated(trial, trial.random(13, Cases.BATCH), copies, 1));
        }

        private static Tensor repeated(Cases.Trial trial, Tensor once, int copies, double factor) {
            long[] sizes = once.shape().toArray();
            sizes[0] *= copies;
            double[] values = once.toDoubles();
            double[] all = new double[values.length * copies];
            for (int i = 0; i < all.length; i++) {
                all[i] = factor * values[i % values.length];
            }
            return trial.root
                    .allocate(Shape.of(sizes), once.dtype(), MemoryKind.INPUT)
                    .set(all);
        }

        double positions() {
            return (double) h.elements() / Cases.CHANNELS;
        }

        List<Variable> inputs(Tape tape) {
            List<Variable> inputs = new ArrayList<>();
            inputs.add(tape.constant(h));
            labels.forEach(each -> inputs.add(tape.constant(each)));
            return inputs;
        }
    }

    /** R as the definition has it, from the results of a call. */
    private static double regression(Cases.Trial trial, GradientPredictor predictor, Given given) {
        try (TensorScope scope = trial.root.child();
                Tape tape = Tape.builder(scope).seed(1).notRecording().build()) {
            List<Variable> results = predictor.call(given.inputs(tape));
            int ofOnline = predictor instanceof TargetNetwork ? 1 : 0;
            double[] m = results.get(ofOnline).value().toDoubles();
            double[] delta = given.target().toDoubles();
            double sum = 0;
            boolean ofValues = predictor.results() == 2 && ofOnline == 0;
            for (int i = 0; i < m.length && !isOfValuesAlone(predictor); i++) {
                double error = m[i] - given.positions() * delta[i];
                sum += error * error / given.positions();
            }
            if (ofValues) {
                double[] values = results.get(1).value().toDoubles();
                double[] losses = given.losses().toDoubles();
                for (int b = 0; b < values.length; b++) {
                    sum += Math.pow(values[b] - losses[b], 2) / values.length;
                }
            }
            return sum;
        }
    }

    private static boolean isOfValuesAlone(GradientPredictor predictor) {
        return predictor instanceof CriticPredictor critic && !critic.matchesGradients();
    }

    private static Map<String, double[]> gradients(
            Cases.Trial trial, GradientPredictor predictor, Given given, double share) {
        Map<String, double[]> all = new LinkedHashMap<>();
        try (TensorScope scope = trial.root.child();
                Tape tape = Tape.training(scope, 1)) {
            List<Variable> results = predictor.call(given.inputs(tape));
            double factor = share / given.positions();
            Tensor prediction = scope.allocate(given.h().shape(), trial.dtype);
            GradientPredictor.scale(results.get(0).value(), factor, prediction);
            Tensor target = scope.allocate(given.h().shape(), trial.dtype);
            GradientPredictor.scale(given.target(), share, target);
            List<Slope> slopes =
                    predictor.slopes(results, List.of(new Lesson(prediction, target, factor, given.losses())));
            try (Gradients gradients = tape.backward(
                    slopes.stream().map(Slope::result).toList(),
                    slopes.stream().map(Slope::gradient).toList())) {
                predictor.parameters().forEach((name, parameter) -> {
                    Tensor gradient = gradients.of(parameter);
                    if (gradient != null) {
                        all.put(name, gradient.toDoubles());
                    }
                });
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("predictors")
    void slopesAreThoseOfTheRegression(Cases.Case of) {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE)) {
            GradientPredictor predictor = of.started(trial.factory);
            Given given = Given.of(trial, of, 1);
            Map<String, double[]> gradients = gradients(trial, predictor, given, 1);
            predictor.parameters().forEach((name, parameter) -> {
                if (!parameter.isTrainable()) {
                    assertThat(gradients).doesNotContainKey(name);
                    return;
                }
                double[] values = parameter.value().toDoubles();
                for (int i = 0; i < values.length; i += Math.max(1, values.length / 7)) {
                    double expected = (at(trial, predictor, given, parameter, i, STEP)
                                    - at(trial, predictor, given, parameter, i, -STEP))
                            / (2 * STEP);
                    double actual = gradients.containsKey(name) ? gradients.get(name)[i] : 0;
                    assertThat(actual).as(name + "[" + i + "]").isCloseTo(expected, Offset.offset(1e-6));
                }
            });
        }
    }

    private static double at(
            Cases.Trial trial, GradientPredictor predictor, Given given, Parameter parameter, int i, double change) {
        double[] values = parameter.value().toDoubles();
        double before = values[i];
        values[i] = before + change;
        parameter.value().set(values);
        double regression = regression(trial, predictor, given);
        values[i] = before;
        parameter.value().set(values);
        return regression;
    }

    /** The batch given twice over, whose mean loss has half the gradient at each position. */
    @ParameterizedTest
    @MethodSource("predictors")
    void aBatchTwiceOverIsLearntFromAlike(Cases.Case of) {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE)) {
            GradientPredictor predictor = of.started(trial.factory);
            Map<String, double[]> once = gradients(trial, predictor, Given.of(trial, of, 1), 1);
            Map<String, double[]> twice = gradients(trial, predictor, Given.of(trial, of, 2), 1);
            assertThat(twice.keySet()).isEqualTo(once.keySet());
            once.forEach((name, values) ->
                    assertThat(twice.get(name)).as(name).containsExactly(values, Offset.offset(1e-11)));
        }
    }

    /** A share of a step is learnt from with that weight. */
    @ParameterizedTest
    @MethodSource("predictors")
    void aShareOfAStepCountsAsMuch(Cases.Case of) {
        try (Cases.Trial trial = new Cases.Trial(DType.DOUBLE)) {
            GradientPredictor predictor = of.started(trial.factory);
            Given given = Given.of(trial, of, 1);
            Map<String, double[]> whole = gradients(trial, predictor, given, 1);
            Map<String, double[]> quarter = gradients(trial, predictor, given, 0.25);
            whole.forEach((name, values) -> {
                double[] scaled = quarter.get(name).clone();
                for (int i = 0; i < scaled.length; i++) {
                    scaled[i] *= 4;
                }
                assertThat(scaled).as(name).containsExactly(values, Offset.offset(1e-11));
            });
        }
    }

    @ParameterizedTest
    @MethodSource("predictors")
    void thereIsNoPredictionAtFirst(Cases.Case of) {
        try (Cases.Trial trial = new Cases.Trial(DType.FLOAT);
                Tape tape = Tape.training(trial.root, 1)) {
            GradientPredictor predictor = of.make().apply(trial.factory);
            List<Variable> results = predictor.call(Given.of(trial, of, 1).inputs(tape));
            assertThat(results.get(0).value().toDoubles()).containsOnly(0);
            assertThat(results).hasSize(predictor.results());
        }
    }
}
