package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoupled sequences whose modules are frozen, in part or whole. */
class FrozenModulesTest {

    /** The others learn from the same predictions as before, to the bit, and no gradient of what is frozen exists. */
    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "2", "2.0"})
    void othersLearnAsBefore(String frozen) {
        try (Trial trial = new Trial(DType.FLOAT)) {
            List<LinearPredictor> predictors = trial.predictors(3);
            DecoupledSequence model = new DecoupledSequence(trial.modules(3, k -> trial.inner()), predictors);
            Trial.randomize(model.predictorParameterList());
            Tensor x = trial.random(trial.root, 4, Trial.BATCH, Trial.WIDTH);
            Tensor labels = Trial.labels(trial.root, Trial.BATCH);
            trial.engine.resetPeaks();
            Map<String, double[]> whole =
                    trial.step(model, model.parameters(), x, labels, false).gradients();
            long wholeBytes = trial.engine.ledger().peakBytes(MemoryKind.GRADIENT);

            Module part = model;
            for (String name : frozen.split("\\.", -1)) {
                part = part.children().get(name);
            }
            part.freeze();
            long frozenBytes = part.parameterList().stream()
                    .mapToLong(parameter -> parameter.value().bytes())
                    .sum();
            trial.engine.resetPeaks();
            Map<String, double[]> rest =
                    trial.step(model, model.parameters(), x, labels, false).gradients();
            assertThat(trial.engine.ledger().peakBytes(MemoryKind.GRADIENT)).isEqualTo(wholeBytes - frozenBytes);
            whole.keySet().removeIf(name -> name.startsWith(frozen + "."));
            assertThat(rest).containsOnlyKeys(whole.keySet()).isNotEmpty();
            whole.forEach(
                    (name, gradient) -> assertThat(rest.get(name)).as(name).containsExactly(gradient));
        }
    }
}
