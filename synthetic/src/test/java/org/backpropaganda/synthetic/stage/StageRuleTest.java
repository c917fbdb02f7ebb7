package org.backpropaganda.synthetic.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the rules of stale gradients compute, against plain steps. */
class StageRuleTest {
    private static final int BATCHES = 9;

    static Stream<Arguments> rules() {
        return Stream.of(
                Arguments.of("backpropagation", StageRule.backpropagation()),
                Arguments.of("ddg", StageRule.ddg()),
                Arguments.of("features replay", StageRule.featuresReplay()),
                Arguments.of("petra", StageRule.petra()),
                Arguments.of("petra with products", StageRule.petra(true, true, true)),
                Arguments.of("petra with inputs", StageRule.petra(false, false, true)),
                Arguments.of("petra with inputs and weights", StageRule.petra(false, false, false)),
                Arguments.of("petra with weights", StageRule.petra(false, true, false)));
    }

    /** Gradients of every batch, gathered from its stages. */
    private static final class Recorder implements StageListener {
        final Map<Long, Map<String, double[]>> gradients = new LinkedHashMap<>();
        final Map<Integer, Long> staleness = new HashMap<>();
        private final Module model;

        Recorder(Module model) {
            this.model = model;
        }

        @Override
        public void learns(int stage, long batch, long stale, Gradients some) {
            gradients.computeIfAbsent(batch, b -> new HashMap<>()).putAll(StageTrial.byPath(model, some));
            staleness.merge(stage, stale, Math::max);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void atFrozenWeightsEveryBatchHasThePlainGradient(String name, StageRule rule) {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.plainModules(4);
            long base = trial.engine.ledger().liveBytes();
            Recorder recorder = new Recorder(new Sequential(modules));
            try (StagedLearner learner =
                    trial.learner(modules, rule).listener(recorder).build()) {
                for (int b = 0; b < BATCHES; b++) {
                    trial.step(learner, b);
                }
                learner.drain();
                assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
                for (long b = 0; b < BATCHES; b++) {
                    assertSame(recorder.gradients.get(b), trial.plainGradients(learner.model(), b, Map.of()), 0);
                }
                assertSame(StageTrial.weights(learner.model()), statisticsOfPlainSteps(), 0);
            }
        }
    }

    /** Running statistics move once for each batch, in the batches' order, whatever is computed again. */
    private static Map<String, double[]> statisticsOfPlainSteps() {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            Sequential model = new Sequential(trial.plainModules(4));
            for (long b = 0; b < BATCHES; b++) {
                trial.plainStep(model, b);
            }
            return StageTrial.weights(model);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void reconstructedStreamsGiveThePlainGradient(String name, StageRule rule) {
        try (StageTrial trial = new StageTrial(DType.DOUBLE)) {
            List<Module> modules = trial.streamModules(5, 2);
            Recorder recorder = new Recorder(new Sequential(modules));
            try (StagedLearner learner =
                    trial.learner(modules, rule).listener(recorder).build()) {
                for (int b = 0; b < BATCHES; b++) {
                    trial.step(learner, b);
                }
                learner.drain();
                for (long b = 0; b < BATCHES; b++) {
                    assertSame(recorder.gradients.get(b), trial.plainGradients(learner.model(), b, Map.of()), 1e-12);
                }
            }
        }
    }

    /** Those that differentiate at the weights of the forward, and reconstruct nothing. */
    static Stream<Arguments> rulesOfThen() {
        return rules().filter(arguments -> {
            StageRule rule = (StageRule) arguments.get()[1];
            return rule.kept() == StageRule.Kept.GRAPH || rule.equals(StageRule.petra(false, false, false));
        });
    }

    /** Where products are stored, a batch's gradient is the plain one of the weights that each stage had when it ran. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("rulesOfThen")
    void storedProductsAreBackpropagationShiftedInTime(String name, StageRule rule) {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.plainModules(4);
            Recorder recorder = new Recorder(new Sequential(modules));
            Map<Integer, Map<Long, Map<Parameter, Tensor>>> history = new HashMap<>();
            StageListener both = new StageListener() {
                @Override
                public void learns(int stage, long batch, long stale, Gradients some) {
                    history.computeIfAbsent(stage, s -> new HashMap<>()).put(batch, copies(trial, modules.get(stage)));
                    recorder.learns(stage, batch, stale, some);
                }
            };
            try (StagedLearner learner = trial.learner(modules, rule)
                    .training(k -> trial.descent(modules.get(k)))
                    .listener(both)
                    .build()) {
                for (int b = 0; b < BATCHES; b++) {
                    trial.step(learner, b);
                }
                learner.drain();
                for (long b = 0; b < BATCHES; b++) {
                    Map<Parameter, Tensor> then = new HashMap<>();
                    for (int k = 0; k < modules.size(); k++) {
                        then.putAll(history.get(k).get(Math.max(0, b - learner.delay(k))));
                    }
                    assertSame(recorder.gradients.get(b), trial.plainGradients(learner.model(), b, then), 0);
                }
                for (int k = 0; k < modules.size(); k++) {
                    assertThat(recorder.staleness.get(k)).isEqualTo((long) learner.delay(k));
                }
            }
        }
    }

    private static Map<Parameter, Tensor> copies(StageTrial trial, Module module) {
        Map<Parameter, Tensor> copies = new HashMap<>();
        module.parameterList()
                .forEach(parameter -> copies.put(
                        parameter,
                        trial.root
                                .allocate(parameter.value().shape(), trial.dtype, MemoryKind.PARAMETER)
                                .copyFrom(parameter.value())));
        return copies;
    }

    @Test
    void delaysAreThoseOfThePapers() {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.plainModules(4);
            try (StagedLearner ddg = trial.learner(modules, StageRule.ddg()).build();
                    StagedLearner petra =
                            trial.learner(modules, StageRule.petra()).build()) {
                for (int k = 0; k < 4; k++) {
                    assertThat(ddg.delay(k)).isEqualTo(3 - k);
                    assertThat(petra.delay(k)).isEqualTo(2 * (3 - k));
                }
            }
        }
    }

    private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected, double tolerance) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((path, values) -> {
            if (tolerance == 0) {
                assertThat(actual.get(path)).as(path).isEqualTo(values);
            } else {
                assertThat(actual.get(path)).as(path).containsExactly(values, within(tolerance));
            }
        });
    }
}
