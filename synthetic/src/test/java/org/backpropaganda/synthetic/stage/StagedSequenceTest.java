package org.backpropaganda.synthetic.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.technique.TrainingSteps;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** A model that trains by steps of its own. */
class StagedSequenceTest {
    private static final int BATCHES = 12;

    private static TrainingSteps steps(StageTrial trial, StagedSequence model) {
        return model.steps(new TrainingSteps.Settings(
                trial.root,
                (outputs, labels) -> SoftmaxCrossEntropy.crossEntropy(outputs.get(0), labels.get(0)),
                Sgd.builder(StageTrial.RATE).build(model.parameterList(), trial.root),
                batch -> 900 + batch,
                SavedTensorPolicy.keep()));
    }

    private static Map<String, double[]> trained(double probability, int batches) {
        try (StageTrial trial = new StageTrial(DType.DOUBLE)) {
            List<Module> modules = trial.plainModules(3);
            StagedSequence model = new StagedSequence(modules, StageRule.ddg()).updating(probability);
            try (TrainingSteps steps = steps(trial, model)) {
                for (int b = 0; b < batches; b++) {
                    try (TensorScope scope = trial.root.child()) {
                        steps.step(trial.images(scope, b), StageTrial.labels(scope, b));
                    }
                }
                steps.drain();
            }
            return StageTrial.weights(model);
        }
    }

    /** Lower modules wait for luck; the last one learns always, and results pass through all. */
    @Test
    void updatesByChance() {
        Map<String, double[]> start = trained(1, 0);
        Map<String, double[]> never = trained(1e-12, BATCHES);
        Map<String, double[]> half = trained(0.5, BATCHES);
        Map<String, double[]> always = trained(1, BATCHES);
        for (String lower : List.of("0.0.weight", "1.0.weight")) {
            assertThat(never.get(lower)).isEqualTo(start.get(lower));
            assertThat(half.get(lower)).isNotEqualTo(start.get(lower)).isNotEqualTo(always.get(lower));
        }
        assertThat(never.get("2.weight")).isNotEqualTo(start.get("2.weight"));
        assertThat(half.values().stream()
                        .allMatch(values -> Arrays.stream(values).allMatch(Double::isFinite)))
                .isTrue();
    }

    @Test
    void aProbabilityThatIsNoneIsRefused() {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            StagedSequence model = new StagedSequence(trial.plainModules(2), StageRule.ddg());
            for (double none : new double[] {0, -1, 1.01, Double.NaN}) {
                assertThatThrownBy(() -> model.updating(none))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("stage training: update probability " + none + " is not within (0, 1]");
            }
        }
    }
}
