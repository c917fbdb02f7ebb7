package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.MeanSquaredError;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes of the gradients. */
class DecoupledTrainingTest {

    /** A batch of points around one centre for each class, the loss that a step had on it. */
    private static double train(
            Trial trial, DecoupledSequence model, long seed, Optimizer modules, Optimizer predictors) {
        SplittableRandom random = new SplittableRandom(seed);
        int batch = 32;
        int[] labels = random.ints(batch, 0, Trial.CLASSES).toArray();
        double[] points = new double[batch * Trial.WIDTH];
        for (int i = 0; i < points.length; i++) {
            int b = i / Trial.WIDTH;
            points[i] = (i % Trial.CLASSES == labels[b] ? 1 : -0.5) + 0.5 * random.nextGaussian();
        }
        try (TensorScope scope = trial.root.child();
                Tape tape = Tape.training(scope, seed)) {
            Variable x = tape.constant(scope.allocate(Shape.of(batch, Trial.WIDTH), trial.dtype, MemoryKind.INPUT)
                    .set(points));
            Variable y = tape.constant(
                    scope.allocate(Shape.of(batch), DType.INT, MemoryKind.INPUT).set(labels));
            Variable loss =
                    SoftmaxCrossEntropy.crossEntropy(model.call(List.of(x, y)).get(0), y);
            double value = loss.value().item();
            try (Gradients gradients = tape.backward(loss)) {
                modules.step(gradients);
                predictors.step(gradients);
            }
            return value;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fourModulesLearnAToyProblem(boolean atOnce) {
        try (Trial trial = new Trial(DType.FLOAT)) {
            DecoupledSequence model = new DecoupledSequence(
                            trial.modules(4, k -> trial.innerWithState()), trial.predictors(4))
                    .measuring(true);
            Optimizer modules = Adam.builder(3e-3).build(model.parameterList(), trial.root);
            Optimizer predictors = Adam.builder(1e-2).build(model.predictorParameterList(), trial.root);
            if (atOnce) {
                model.updating(UpdateRule.atOnce(modules, predictors));
            }
            Map<String, double[]> start = Trial.values(model.modules().get(0).parameters());
            double first = train(trial, model, 0, modules, predictors);
            assertThat(model.quality(0)).isEqualTo(new PredictionQuality(0, 0));
            assertThat(model.quality(2)).isEqualTo(new PredictionQuality(0, 1));
            double last = 0;
            double cosine = 0;
            for (int step = 1; step < 200; step++) {
                double loss = train(trial, model, step, modules, predictors);
                last += step < 180 ? 0 : loss / 20;
                cosine += step < 180 ? 0 : model.quality(2).cosine() / 20;
            }
            assertThat(last).isLessThan(0.5 * first);
            assertThat(cosine).isGreaterThan(0.5);
            model.modules()
                    .get(0)
                    .parameters()
                    .forEach((name, parameter) ->
                            assertThat(parameter.value().toDoubles()).as(name).isNotEqualTo(start.get(name)));
        }
    }

    @Test
    void updatesAtOnceAreThoseOfTheEndOfTheStep() {
        List<Map<String, double[]>> values = new ArrayList<>();
        List<Long> gradientBytes = new ArrayList<>();
        for (boolean atOnce : new boolean[] {false, true}) {
            try (Trial trial = new Trial(DType.FLOAT)) {
                DecoupledSequence model =
                        new DecoupledSequence(trial.modules(4, k -> trial.innerWithState()), trial.predictors(4));
                Optimizer modules = Adam.builder(1e-2).build(model.parameterList(), trial.root);
                Optimizer predictors = Adam.builder(1e-1).build(model.predictorParameterList(), trial.root);
                if (atOnce) {
                    model.updating(UpdateRule.atOnce(modules, predictors));
                }
                for (int step = 0; step < 5; step++) {
                    train(trial, model, step, modules, predictors);
                }
                Map<String, double[]> state = Trial.values(model.parameters());
                state.putAll(Trial.values(model.predictorParameters()));
                state.putAll(Trial.buffers(model));
                values.add(state);
                gradientBytes.add(trial.engine.ledger().peakBytes(MemoryKind.GRADIENT));
            }
        }
        Trial.assertClose(values.get(1), values.get(0), 0);
        long module = Float.BYTES * (Trial.WIDTH * Trial.WIDTH + 3 * Trial.WIDTH);
        long predictor = Float.BYTES * (Trial.WIDTH * Trial.WIDTH + Trial.WIDTH + Trial.WIDTH * Trial.CLASSES);
        long head =
                Float.BYTES * (Trial.WIDTH * Trial.WIDTH + Trial.WIDTH + Trial.WIDTH * Trial.CLASSES + Trial.CLASSES);
        assertThat(gradientBytes).containsExactly(3 * module + 3 * predictor + head, head + predictor);
        assertThat(module).isLessThan(head + predictor);
    }

    @Test
    void updatesAtOnceAreRefusedWhereTheyWouldBeReplayed() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            DecoupledSequence model = new DecoupledSequence(trial.modules(3, k -> trial.inner()), trial.predictors(3));
            model.updating(UpdateRule.atOnce(
                    Adam.builder(1).build(model.parameterList(), trial.root),
                    Adam.builder(1).build(model.predictorParameterList(), trial.root)));
            Map<String, double[]> before = Trial.values(model.parameters());
            assertThatThrownBy(() -> trial.step(new Recomputed(model)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("updates weights at once");
            Trial.assertClose(Trial.values(model.parameters()), before, 0);
        }
    }

    /** With everything linear behind the boundary, B δ = (2 / C) Wᵀ (W h + b − target) is affine in h and target. */
    @Test
    void aLinearPredictorLearnsWhatIsLinear() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            ParameterFactory own = new ParameterFactory(trial.root, trial.dtype, 1);
            List<Module> parts = List.of(
                    new Linear(trial.factory, 4, Trial.WIDTH, true), new Linear(trial.factory, Trial.WIDTH, 2, true));
            DecoupledSequence conditioned =
                    new DecoupledSequence(parts, List.of(new LinearPredictor(own, Trial.WIDTH, Trial.CLASSES)));
            DecoupledSequence unconditioned =
                    new DecoupledSequence(parts, List.of(new LinearPredictor(own, Trial.WIDTH)));
            assertThat(regress(trial, conditioned)).isLessThan(1e-2);
            assertThat(regress(trial, unconditioned)).isGreaterThan(0.2);
        }
    }

    private static double regress(Trial trial, DecoupledSequence model) {
        model.measuring(true);
        assertThat(model.quality(0)).isNull();
        Optimizer optimizer = Adam.builder(2e-2).build(model.predictorParameterList(), trial.root);
        double[][] targets = {{1, 2}, {-1, 0.5}, {0, -2}};
        for (int step = 0; step < 600; step++) {
            optimizer.setLearningRate(step < 400 ? 2e-2 : 2e-3);
            SplittableRandom random = new SplittableRandom(step);
            try (TensorScope scope = trial.root.child();
                    Tape tape = Tape.training(scope, step)) {
                int[] labels = random.ints(16, 0, Trial.CLASSES).toArray();
                double[] wanted = new double[32];
                for (int i = 0; i < wanted.length; i++) {
                    wanted[i] = targets[labels[i / 2]][i % 2];
                }
                Variable x = tape.constant(trial.random(scope, step, 16, 4));
                Variable y =
                        tape.constant(scope.allocate(Shape.of(16), DType.INT).set(labels));
                Variable target = tape.constant(
                        scope.allocate(Shape.of(16, 2), trial.dtype).set(wanted));
                Variable loss = MeanSquaredError.meanSquaredError(
                        model.call(List.of(x, y)).get(0), target);
                try (Gradients gradients = tape.backward(loss)) {
                    optimizer.step(gradients);
                }
            }
        }
        return model.quality(0).relativeError();
    }

    /** Deep, with state and randomness: what a predictor may be. */
    private static final class DeepPredictor extends GradientPredictor {
        private final Module body;

        DeepPredictor(ParameterFactory factory) {
            body = register(
                    "body",
                    new Sequential(
                            new Linear(factory, Trial.WIDTH, 10, true),
                            new BatchNorm(factory, 10),
                            new Dropout(0.4),
                            new Linear(factory, 10, Trial.WIDTH, true)));
        }

        @Override
        public boolean isConditioned() {
            return false;
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return List.of(body.call(inputs.get(0)));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPredictorsOwnStatisticsMoveOnceAStep(boolean replayed) {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            List<Module> parts = trial.modules(3, k -> trial.inner());
            ParameterFactory own = new ParameterFactory(trial.root, trial.dtype, 1);
            List<DeepPredictor> deep = List.of(new DeepPredictor(own), new DeepPredictor(own));
            DecoupledSequence sequence = new DecoupledSequence(parts, deep);
            trial.step(replayed ? new Recomputed(sequence) : sequence);
            Tensor h = trial.random(trial.root, 1, Trial.BATCH, Trial.WIDTH);
            for (int k = 0; k < 2; k++) {
                try (Tape tape = Tape.inference(trial.root)) {
                    h = trial.root
                            .allocate(h.shape(), h.dtype())
                            .copyFrom(parts.get(k).call(tape.constant(h)).value());
                }
                double[] moved = Trial.buffers(deep.get(k)).get("body.1.running_mean");
                DeepPredictor fresh = new DeepPredictor(new ParameterFactory(trial.root, trial.dtype, 9));
                for (String name : deep.get(k).parameters().keySet()) {
                    fresh.parameters()
                            .get(name)
                            .value()
                            .copyFrom(deep.get(k).parameters().get(name).value());
                }
                try (Tape tape = Tape.builder(trial.root).notRecording().build()) {
                    fresh.call(tape.constant(h));
                }
                assertThat(moved).containsExactly(Trial.buffers(fresh).get("body.1.running_mean"));
            }
        }
    }

    @Test
    void aReplayedStepIsTheStep() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            ParameterFactory own = new ParameterFactory(trial.root, trial.dtype, 1);
            DecoupledSequence sequence = new DecoupledSequence(
                    trial.modules(3, k -> trial.innerWithState()),
                    List.of(new DeepPredictor(own), new DeepPredictor(own)));
            Map<String, Parameter> all = sequence.parameters();
            all.putAll(sequence.predictorParameters());
            Trial.Step once = trial.step(sequence, all);
            Trial.Step twice = trial.step(new Recomputed(sequence), all);
            assertThat(twice.loss()).isEqualTo(once.loss());
            Trial.assertClose(twice.gradients(), once.gradients(), 0);
        }
    }
}
