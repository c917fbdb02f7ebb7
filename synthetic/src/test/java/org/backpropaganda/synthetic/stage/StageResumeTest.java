package org.backpropaganda.synthetic.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A learner that goes on, with full queues, where another was packed up. */
class StageResumeTest {
    private static final int BATCHES = 14;
    private static final int PACKED = 7;

    static Stream<Arguments> rules() {
        return StageRuleTest.rules()
                .flatMap(arguments -> Stream.of(0, 2)
                        .map(late -> Arguments.of(arguments.get()[0], arguments.get()[1], late)))
                .filter(arguments ->
                        !StageRule.backpropagation().equals(arguments.get()[1]) || arguments.get()[2].equals(0));
    }

    private static StagedLearner learner(StageTrial trial, List<Module> modules, StageRule rule, int late) {
        return trial.learner(modules, rule)
                .training(k -> trial.descent(modules.get(k)))
                .asynchrony(new Asynchrony(late, 2, 8))
                .resumable()
                .build();
    }

    @ParameterizedTest(name = "{0}, late by {2}")
    @MethodSource("rules")
    void theRestIsTheSameToTheBit(String name, StageRule rule, int late) {
        List<Learnt> straight = new ArrayList<>();
        List<Learnt> resumed = new ArrayList<>();
        Map<String, double[]> expected;
        try (StageTrial trial = new StageTrial(DType.FLOAT);
                StageTrial other = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.streamModules(5, 2);
            List<Module> others = other.streamModules(5, 2);
            try (StagedLearner learner = learner(trial, modules, rule, late);
                    StagedLearner second = learner(other, others, rule, late)) {
                for (int b = 0; b < BATCHES; b++) {
                    if (b == PACKED) {
                        resumed.addAll(straight);
                        copy(learner.model(), second.model());
                        try (TensorScope scope = trial.root.child();
                                TensorScope there = other.root.child()) {
                            second.carry(copies(learner.carried(scope), there));
                        }
                    }
                    straight.addAll(trial.step(learner, b));
                }
                straight.addAll(learner.drain());
                expected = StageTrial.weights(learner.model());
                for (int b = PACKED; b < BATCHES; b++) {
                    resumed.addAll(other.step(second, b));
                }
                resumed.addAll(second.drain());
                assertThat(resumed).isEqualTo(straight);
                Map<String, double[]> actual = StageTrial.weights(second.model());
                expected.forEach(
                        (path, values) -> assertThat(actual.get(path)).as(path).isEqualTo(values));
            }
        }
    }

    private static Map<String, Tensor> copies(Map<String, Tensor> tensors, TensorScope into) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        tensors.forEach((key, tensor) -> {
            Tensor copy = into.allocate(tensor.shape(), tensor.dtype(), MemoryKind.INPUT);
            all.put(key, tensor.dtype() == DType.INT ? copy.set(ints(tensor)) : copy.set(tensor.toDoubles()));
        });
        return all;
    }

    private static int[] ints(Tensor tensor) {
        double[] values = tensor.toDoubles();
        int[] ints = new int[values.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = (int) values[i];
        }
        return ints;
    }

    private static void copy(Module from, Module to) {
        from.parameters()
                .forEach((path, parameter) ->
                        to.parameters().get(path).value().set(parameter.value().toDoubles()));
        from.buffers().forEach((path, buffer) -> to.buffers().get(path).set(buffer.toDoubles()));
    }

    @Test
    void whatKeepsGraphsOfWeightsThatMoveIsRefused() {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            assertThatThrownBy(() -> learner(trial, trial.plainModules(2), StageRule.backpropagation(), 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("keep graphs with weights THEN");
            assertThatThrownBy(() -> new StageRule(StageRule.Kept.GRAPH, StageRule.Weights.NOW, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("keep graphs with weights THEN");
        }
    }

    @Test
    void oneThatWasNotBuiltForItRefuses() {
        try (StageTrial trial = new StageTrial(DType.FLOAT);
                StagedLearner learner =
                        trial.learner(trial.plainModules(2), StageRule.ddg()).build()) {
            assertThatThrownBy(() -> learner.carried(trial.root))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not resumable");
        }
    }
}
