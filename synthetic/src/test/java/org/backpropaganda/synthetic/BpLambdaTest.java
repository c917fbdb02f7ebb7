package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.backpropaganda.synthetic.testing.BoundaryRecorder;
import org.backpropaganda.synthetic.testing.OraclePredictor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BpLambdaTest {
    private static final double EXACT = 1e-12;

    private static List<Module> modules(Trial trial, int count) {
        return trial.modules(count, k -> trial.innerWithState());
    }

    /** With predictors that are not zero. */
    private static DecoupledSequence mixed(Trial trial, int count, IntFunction<Mixing> mixing) {
        List<? extends GradientPredictor> predictors = trial.predictors(count);
        List<BoundaryRule> rules = new ArrayList<>();
        for (int k = 0; k < predictors.size(); k++) {
            rules.add(new PredictedGradient(predictors.get(k)).mixing(mixing.apply(k)));
        }
        DecoupledSequence sequence = DecoupledSequence.of(modules(trial, count), rules);
        Trial.randomize(sequence.predictorParameterList());
        return sequence;
    }

    private static Map<String, double[]> step(DType dtype, BiFunction<Trial, Integer, Module> model, int count) {
        try (Trial trial = new Trial(dtype)) {
            Module made = model.apply(trial, count);
            long base = trial.engine.ledger().liveBytes();
            Map<String, double[]> gradients = trial.step(made).gradients();
            assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
            return gradients;
        }
    }

    private static Map<String, double[]> mixedStep(DType dtype, int count, IntFunction<Mixing> mixing) {
        return step(dtype, (trial, k) -> mixed(trial, k, mixing), count);
    }

    private static Map<String, double[]> plain(DType dtype, int count) {
        return step(dtype, (trial, k) -> new Sequential(modules(trial, k)), count);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT", "DOUBLE"})
    void oneIsBackpropagationToTheBit(DType dtype) {
        Trial.assertClose(mixedStep(dtype, 4, k -> Mixing.constant(1)), plain(dtype, 4), 0);
        Trial.assertClose(
                step(dtype, (trial, k) -> new Recomputed(mixed(trial, k, i -> Mixing.constant(1))), 4),
                plain(dtype, 4),
                0);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT", "DOUBLE"})
    void zeroIsPredictionToTheBit(DType dtype) {
        Map<String, double[]> expected = step(
                dtype,
                (trial, count) -> {
                    DecoupledSequence dni = new DecoupledSequence(modules(trial, count), trial.predictors(count));
                    Trial.randomize(dni.predictorParameterList());
                    return dni;
                },
                4);
        Trial.assertClose(mixedStep(dtype, 4, k -> Mixing.constant(0)), expected, 0);
        try (Trial trial = new Trial(dtype)) {
            Module falling = mixed(trial, 4, k -> Mixing.scheduled(trial.root, step -> step == 0 ? 1 : 0));
            Map<String, double[]> first = trial.step(falling).gradients();
            Trial.assertClose(first, plain(dtype, 4), 0);
            Trial.assertClose(trial.step(falling).gradients(), expected, 0);
        }
    }

    /** Each share of a gradient goes its own way: with two boundaries there are three. */
    @Test
    void betweenThemIsTheMixture() {
        double lambda = 0.3;
        Map<String, double[]> true_ = plain(DType.DOUBLE, 3);
        Map<String, double[]> first = mixedStep(DType.DOUBLE, 3, k -> Mixing.constant(0));
        Map<String, double[]> second = mixedStep(DType.DOUBLE, 3, k -> Mixing.constant(k == 0 ? 1 : 0));
        Map<String, double[]> actual = mixedStep(DType.DOUBLE, 3, k -> Mixing.constant(lambda));
        Map<String, double[]> expected = new LinkedHashMap<>();
        true_.forEach((name, values) -> {
            double[] mixture = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                double passed =
                        name.startsWith("2.") ? values[i] : lambda * values[i] + (1 - lambda) * second.get(name)[i];
                mixture[i] = name.startsWith("0.") || name.equals("x")
                        ? lambda * passed + (1 - lambda) * first.get(name)[i]
                        : passed;
            }
            expected.put(name, mixture);
        });
        Trial.assertClose(actual, expected, EXACT);
        Trial.assertClose(
                step(
                        DType.DOUBLE,
                        (trial, k) -> new Recomputed(new Recomputed(mixed(trial, k, i -> Mixing.constant(lambda)))),
                        3),
                expected,
                EXACT);
    }

    /** Zero predictions leave λ of a gradient at each boundary. */
    @Test
    void zeroPredictionsLeaveThePartThatArrives() {
        Map<String, double[]> exact = plain(DType.DOUBLE, 3);
        Map<String, double[]> actual = step(
                DType.DOUBLE,
                (trial, count) -> DecoupledSequence.of(
                        modules(trial, count),
                        trial.predictors(count).stream()
                                .map(predictor -> new PredictedGradient(predictor).mixing(Mixing.constant(0.5)))
                                .toList()),
                3);
        exact.forEach((name, values) -> {
            double part = name.startsWith("2.") ? 1 : name.startsWith("1.") ? 0.5 : 0.25;
            for (int i = 0; i < values.length; i++) {
                values[i] *= part;
            }
        });
        Trial.assertClose(actual, exact, EXACT);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.25, 1})
    void oraclesMakeAnyMixtureBackpropagation(double lambda) {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            List<Module> parts = modules(trial, 4);
            BoundaryRecorder recorder = new BoundaryRecorder(parts, trial.root);
            Map<String, double[]> exact = trial.step(recorder).gradients();
            List<OraclePredictor> oracles = recorder.oracles();
            List<BoundaryRule> rules = new ArrayList<>();
            for (int k = 0; k < oracles.size(); k++) {
                rules.add(new PredictedGradient(oracles.get(k)).mixing(Mixing.constant(k == 1 ? 0 : lambda)));
            }
            Trial.assertClose(trial.step(DecoupledSequence.of(parts, rules)).gradients(), exact, EXACT);
        }
    }

    /** The regression is that on the true gradient, wherever λ is 1: as of the last boundary in any case. */
    @Test
    void predictorsLearnFromWhatArrives() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            DecoupledSequence waiting = mixed(trial, 3, k -> Mixing.constant(1)).measuring(true);
            trial.step(waiting, waiting.predictorParameters());
            List<Module> parts = waiting.modules();
            BoundaryRecorder recorder = new BoundaryRecorder(parts, trial.root);
            trial.step(recorder);
            List<BoundaryRule> rules = recorder.oracles().stream()
                    .map(oracle -> (BoundaryRule) new PredictedGradient(oracle).mixing(Mixing.constant(1)))
                    .toList();
            DecoupledSequence told = DecoupledSequence.of(parts, rules).measuring(true);
            trial.step(told);
            for (int k = 0; k < 2; k++) {
                assertThat(told.quality(k).relativeError()).isLessThan(EXACT);
                assertThat(waiting.quality(k).relativeError()).isGreaterThan(0.1);
            }
            Map<String, Parameter> second =
                    Map.of("w", waiting.predictors().get(1).parameters().get("linear.weight"));
            Map<String, double[]> alone = trial.step(new DecoupledSequence(parts, waiting.predictors()), second)
                    .gradients();
            Map<String, double[]> both = trial.step(waiting, second).gradients();
            assertThat(alone.get("w")).isNotEmpty();
            Trial.assertClose(Map.of("w", both.get("w")), Map.of("w", alone.get("w")), EXACT);
        }
    }

    @Test
    void aWarmUpEndsWhenPredictionsAreGood() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            List<Module> parts = modules(trial, 2);
            BoundaryRecorder recorder = new BoundaryRecorder(parts, trial.root);
            trial.step(recorder);
            Mixing good = Mixing.warmUp(trial.root, 0.99, 3);
            Module told = DecoupledSequence.of(
                    parts, List.of(new PredictedGradient(recorder.oracles().get(0)).mixing(good)));
            for (int step = 0; step < 3; step++) {
                assertThat(good.lambda()).isEqualTo(1);
                trial.step(told);
            }
            assertThat(good.lambda()).isZero();
            trial.step(told);
            assertThat(good.lambda()).isZero();

            Mixing bad = Mixing.warmUp(trial.root, 0.99, 1);
            Module untold = DecoupledSequence.of(
                    parts, List.of(new PredictedGradient(trial.predictors(2).get(0)).mixing(bad)));
            trial.step(untold);
            assertThat(bad.lambda()).isEqualTo(1);
        }
    }

    @Test
    void whatAStateHoldsDecidesWhereAScheduleGoesOn() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            Mixing falling = Mixing.scheduled(trial.root, step -> 1 - step / 4.0);
            DecoupledSequence model = mixed(trial, 2, k -> falling);
            assertThat(model.learners()).hasSize(2);
            trial.step(model);
            trial.step(model);
            assertThat(model.learners().get(1).buffers().get("count").item()).isEqualTo(2);
            assertThat(falling.lambda()).isEqualTo(0.5);
            model.learners().get(1).buffers().get("count").set(3.0);
            assertThat(falling.lambda()).isEqualTo(0.25);
            assertThatThrownBy(() -> trial.step(new Recomputed(model)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("what waits at boundary 0 changes from step to step");
        }
    }

    /** The graphs of all modules are there at once, and with them the boundaries, which the modules keep anyway. */
    @Test
    void memoryIsThatOfBackpropagation() {
        long[] peaks = new long[3];
        for (int way = 0; way < 3; way++) {
            try (Trial trial = new Trial(DType.FLOAT)) {
                int chosen = way;
                Module model = way == 0
                        ? new Sequential(modules(trial, 5))
                        : mixed(trial, 5, k -> Mixing.constant(chosen == 1 ? 0.5 : 0));
                trial.step(model);
                trial.engine.resetPeaks();
                trial.step(model);
                peaks[way] = trial.engine.ledger().peakBytes(MemoryKind.ACTIVATION);
            }
        }
        assertThat(peaks[1]).isGreaterThanOrEqualTo(peaks[0]).isLessThan(peaks[0] * 5 / 4);
        assertThat(peaks[2]).isLessThan(peaks[0] / 2);
    }

    @Test
    void badNumbersAreRefused() {
        assertThatThrownBy(() -> Mixing.constant(1.5)).hasMessage("mixing: lambda 1.5 must be within [0, 1]");
        try (Trial trial = new Trial(DType.FLOAT)) {
            PredictedGradient rule = new PredictedGradient(trial.predictors(2).get(0));
            assertThatThrownBy(() -> rule.updating(0)).hasMessageContaining("update probability 0.0 must be above 0");
            assertThatThrownBy(() -> rule.mixing(Mixing.constant(0.5)).updating(0.5))
                    .hasMessageContaining("is for modules that wait for no gradient");
            assertThatThrownBy(() -> rule.applying(0)).hasMessageContaining("factor 0.0");
            assertThatThrownBy(() -> Mixing.warmUp(trial.root, 2, 1)).hasMessageContaining("cosine 2.0");
        }
    }
}
