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
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.api.Test;

/** Stages that learn from predictions against the same modules on one tape. */
class StageDniTest {
    private static final int BATCHES = 12;
    private static final double RATE = 0.05;

    private static List<LinearPredictor> predictors(StageTrial trial) {
        ParameterFactory factory = new ParameterFactory(trial.root, trial.dtype, 17);
        List<LinearPredictor> predictors = new ArrayList<>();
        for (int k = 0; k < 3; k++) {
            predictors.add(new LinearPredictor(factory, StageTrial.WIDTH, StageTrial.CLASSES));
        }
        return predictors;
    }

    private static Map<String, double[]> end(Module model, List<LinearPredictor> predictors) {
        Map<String, double[]> values = new LinkedHashMap<>(StageTrial.weights(model));
        for (int k = 0; k < predictors.size(); k++) {
            String path = "predictors." + k + ".";
            StageTrial.weights(predictors.get(k)).forEach((name, value) -> values.put(path + name, value));
        }
        return values;
    }

    private static Map<String, double[]> inStages() {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.plainModules(4);
            List<LinearPredictor> predictors = predictors(trial);
            try (StagedLearner learner = trial.learner(modules, StageRule.backpropagation())
                    .feedback(predictors.stream().map(Feedback::predicted).toList())
                    .training(k -> trial.descent(modules.get(k)))
                    .predictorTraining(k -> StageTraining.of(
                            Sgd.builder(RATE).build(predictors.get(k).parameterList(), trial.root)))
                    .build()) {
                for (int b = 0; b < BATCHES; b++) {
                    trial.step(learner, b);
                }
                return end(learner.model(), predictors);
            }
        }
    }

    private static Map<String, double[]> onOneTape() {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.plainModules(4);
            List<LinearPredictor> predictors = predictors(trial);
            DecoupledSequence model = new DecoupledSequence(modules, predictors);
            List<Parameter> learners = new ArrayList<>();
            predictors.forEach(predictor -> learners.addAll(predictor.parameterList()));
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

    @Test
    void theBitsAreThoseOfOneTape() {
        Map<String, double[]> expected = onOneTape();
        Map<String, double[]> actual = inStages();
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((path, values) -> assertThat(actual.get(path)).as(path).isEqualTo(values));
    }
}
