package org.backpropaganda.synthetic.stage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.DecoupledSequence;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.backpropaganda.synthetic.predictor.TargetNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stages that learn from predictions against the same modules on one tape. */
class StageDniTest {
    private static final int BATCHES = 12;
    private static final double RATE = 0.05;

    private static List<GradientPredictor> predictors(StageTrial trial, boolean follows) {
        ParameterFactory factory = new ParameterFactory(trial.root, trial.dtype, 17);
        List<GradientPredictor> predictors = new ArrayList<>();
        for (int k = 0; k < 3; k++) {
            predictors.add(follows ? TargetNetwork.refreshed(3, factory, StageDniTest::linear) : linear(factory));
        }
        return predictors;
    }

    private static GradientPredictor linear(ParameterFactory factory) {
        return new LinearPredictor(factory, StageTrial.WIDTH, StageTrial.CLASSES);
    }

    private static Map<String, double[]> end(Module model, List<GradientPredictor> predictors) {
        Map<String, double[]> values = new LinkedHashMap<>(StageTrial.weights(model));
        for (int k = 0; k < predictors.size(); k++) {
            String path = "predictors." + k + ".";
            StageTrial.weights(predictors.get(k)).forEach((name, value) -> values.put(path + name, value));
        }
        return values;
    }

    private static Map<String, double[]> inStages(boolean follows) {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.plainModules(4);
            List<GradientPredictor> predictors = predictors(trial, follows);
            try (StagedLearner learner = trial.learner(modules, StageRule.backpropagation())
                    .feedback(predictors.stream().map(Feedback::predicted).toList())
                    .training(k -> trial.descent(modules.get(k)))
                    .predictorTraining(k -> StageTraining.of(
                            Sgd.builder(RATE).build(predictors.get(k).trainableParameters(), trial.root)))
                    .build()) {
                for (int b = 0; b < BATCHES; b++) {
                    trial.step(learner, b);
                }
                return end(learner.model(), predictors);
            }
        }
    }

    private static Map<String, double[]> onOneTape(boolean follows) {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.plainModules(4);
            List<GradientPredictor> predictors = predictors(trial, follows);
            DecoupledSequence model = new DecoupledSequence(modules, predictors);
            List<Parameter> learners = new ArrayList<>();
            predictors.forEach(predictor -> learners.addAll(predictor.trainableParameters()));
            try (Sgd descent = Sgd.builder(StageTrial.RATE).build(model.parameterList(), trial.root);
                    Sgd ofPredictors = Sgd.builder(RATE).build(learners, trial.root)) {
                for (int b = 0; b < BATCHES; b++) {
                    try (TensorScope scope = trial.root.child();
                            Tape tape = Tape.training(scope, 900 + b)) {
                        Variable labels = tape.constant(StageTrial.labels(scope, b));
                        List<Variable> results = model.call(List.of(tape.constant(trial.images(scope, b)), labels));
                        try (Gradients gradients =
                                tape.backward(SoftmaxCrossEntropy.crossEntropy(results.get(0), labels))) {
                            descent.step(gradients);
                            ofPredictors.step(gradients);
                        }
                    }
                }
                return end(model, predictors);
            }
        }
    }

    /** Of predictors that answer with all that they learn from, and of such as learn something else than they predict. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theBitsAreThoseOfOneTape(boolean follows) {
        Map<String, double[]> expected = onOneTape(follows);
        Map<String, double[]> actual = inStages(follows);
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((path, values) -> assertThat(actual.get(path)).as(path).isEqualTo(values));
    }
}
