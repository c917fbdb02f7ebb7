package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.optim.GradientClip;
import org.backpropaganda.autograd.optim.LearningRateSchedule;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;

/** An optimizer, a clip and a schedule for each module and each predictor. */
class ModuleUpdateTest {
    private static final double LIMIT = 1e-3;

    @Test
    void everyModuleHasItsOwn() {
        try (Trial trial = new Trial(DType.DOUBLE)) {
            DecoupledSequence sequence =
                    new DecoupledSequence(trial.modules(3, k -> trial.inner()), trial.predictors(3));
            Trial.randomize(sequence.predictorParameterList());
            Map<String, double[]> gradients =
                    trial.step(sequence, sequence.parameters()).gradients();
            Map<String, double[]> before = Trial.values(sequence.parameters());
            List<ModuleUpdate> modules = new ArrayList<>();
            List<ModuleUpdate> learners = new ArrayList<>();
            for (int k = 0; k < 2; k++) {
                Module module = sequence.modules().get(k);
                Optimizer own = Sgd.builder(7).build(module.parameterList(), trial.root);
                ModuleUpdate plain =
                        ModuleUpdate.by(own).scheduled(own, 0.5, LearningRateSchedule.linearDecay(10), () -> 5);
                modules.add(k == 0 ? plain.clipped(GradientClip.byNorm(LIMIT)) : plain);
                learners.add(ModuleUpdate.by(
                        Sgd.builder(0).build(sequence.predictors().get(k).parameterList(), trial.root)));
            }
            sequence.updating(UpdateRule.atOnce(modules, learners));
            trial.step(sequence, sequence.parameters());

            Map<String, double[]> after = Trial.values(sequence.parameters());
            double norm = Math.sqrt(gradients.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith("0."))
                    .flatMapToDouble(entry -> java.util.Arrays.stream(entry.getValue()))
                    .map(g -> g * g)
                    .sum());
            assertThat(norm).isGreaterThan(LIMIT);
            before.forEach((name, values) -> {
                double rate = name.startsWith("2.") ? 0 : name.startsWith("1.") ? 0.25 : 0.25 * LIMIT / norm;
                for (int i = 0; i < values.length; i++) {
                    values[i] -= rate * gradients.get(name)[i];
                }
                assertThat(after.get(name)).as(name).containsExactly(values, Offset.offset(1e-12));
            });
        }
    }
}
