package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.experiments.model.SavedBytes.FUNCTION;
import static org.backpropaganda.experiments.model.SavedBytes.HALF;
import static org.backpropaganda.experiments.model.SavedBytes.LOSS;
import static org.backpropaganda.experiments.model.SavedBytes.MLP_ABN;
import static org.backpropaganda.experiments.model.SavedBytes.MLP_BLOCK;
import static org.backpropaganda.experiments.model.SavedBytes.REVNET_END;
import static org.backpropaganda.experiments.model.SavedBytes.ROWS;
import static org.backpropaganda.experiments.model.SavedBytes.STAGES_END;
import static org.backpropaganda.experiments.model.SavedBytes.abnBlock;
import static org.backpropaganda.experiments.model.SavedBytes.block;
import static org.backpropaganda.experiments.model.SavedBytes.halvingAbnBlock;
import static org.backpropaganda.experiments.model.SavedBytes.halvingBlock;
import static org.backpropaganda.experiments.model.SuiteStep.DEPTH;
import static org.backpropaganda.experiments.model.SuiteStep.Step;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;
import static org.backpropaganda.experiments.model.SuiteStep.worstRelativeError;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The same models in modules that learn from predictions. */
class DecoupledStrategiesTest {
    /** Segments of one block each: the first keeps its input. */
    static Stream<Arguments> decoupled() {
        long input = 2 * HALF;
        return Stream.of(
                Arguments.of("revnet", "decoupled", 4, input + 4 * FUNCTION + REVNET_END),
                Arguments.of("revnet", "reversible+decoupled", 8, input + 2 * HALF + REVNET_END),
                Arguments.of("revnet", "checkpoint+decoupled", 6, input + 2 * HALF + 2 * FUNCTION + REVNET_END),
                Arguments.of("revnet", "reversible+abn+decoupled", 8, input + 2 * HALF + REVNET_END),
                Arguments.of("resnet", "decoupled", 12, 2 * block(1) + halvingBlock(2) + 3 * block(2) + STAGES_END),
                Arguments.of(
                        "resnet",
                        "abn+decoupled",
                        12,
                        2 * abnBlock(1) + halvingAbnBlock(2) + 3 * abnBlock(2) + STAGES_END),
                Arguments.of("mlp", "decoupled", 4, 2 * MLP_BLOCK + ROWS + LOSS),
                Arguments.of("mlp", "checkpoint+abn+decoupled", 6, 2 * ROWS + MLP_ABN + LOSS));
    }

    @ParameterizedTest
    @MethodSource("decoupled")
    void decoupledModulesStartWithoutGradientsBelowTheLast(
            String kind, String strategy, double evaluations, long savedBytes) {
        ModelSpec spec = spec(kind, DEPTH, 2, DType.DOUBLE);
        Step plain = step(spec, "plain");
        Step decoupled = step(spec, strategy);
        assertThat(decoupled.loss()).isEqualTo(plain.loss());
        plain.buffers()
                .forEach((name, values) ->
                        assertThat(decoupled.buffers().get(name)).as(name).containsExactly(values));
        assertThat(decoupled.gradients().get("head.weight"))
                .containsExactly(plain.gradients().get("head.weight"));
        String first = plain.gradients().keySet().iterator().next();
        assertThat(decoupled.gradients().get(first)).containsOnly(0.0);
        assertThat(decoupled.evaluations()).isEqualTo(evaluations);
        assertThat(decoupled.savedBytes()).isEqualTo(savedBytes);
        assertThat(decoupled.abnPairs() > 0).isEqualTo(strategy.contains("abn"));
    }

    @Test
    void oneDecoupledModuleIsPlain() {
        for (String kind : new String[] {"revnet", "resnet", "mlp"}) {
            ModelSpec spec = spec(kind, 2, 1, DType.DOUBLE);
            assertThat(worstRelativeError(step(spec, "decoupled"), step(spec, "plain")))
                    .isZero();
        }
    }
}
