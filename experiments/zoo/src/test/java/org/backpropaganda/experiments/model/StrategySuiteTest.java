package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.experiments.model.SavedBytes.ABN_FUNCTION;
import static org.backpropaganda.experiments.model.SavedBytes.ATTENTION_BLOCK;
import static org.backpropaganda.experiments.model.SavedBytes.FUNCTION;
import static org.backpropaganda.experiments.model.SavedBytes.HALF;
import static org.backpropaganda.experiments.model.SavedBytes.LOSS;
import static org.backpropaganda.experiments.model.SavedBytes.LSTM_LAYER;
import static org.backpropaganda.experiments.model.SavedBytes.LSTM_STEPS;
import static org.backpropaganda.experiments.model.SavedBytes.MLP_ABN;
import static org.backpropaganda.experiments.model.SavedBytes.MLP_BLOCK;
import static org.backpropaganda.experiments.model.SavedBytes.REVNET_END;
import static org.backpropaganda.experiments.model.SavedBytes.ROWS;
import static org.backpropaganda.experiments.model.SavedBytes.STAGES_END;
import static org.backpropaganda.experiments.model.SavedBytes.STEM;
import static org.backpropaganda.experiments.model.SavedBytes.TOKENS;
import static org.backpropaganda.experiments.model.SavedBytes.TRANSFORMER_END;
import static org.backpropaganda.experiments.model.SavedBytes.abnBlock;
import static org.backpropaganda.experiments.model.SavedBytes.abnDepthwise;
import static org.backpropaganda.experiments.model.SavedBytes.block;
import static org.backpropaganda.experiments.model.SavedBytes.halvingAbnBlock;
import static org.backpropaganda.experiments.model.SavedBytes.halvingAbnDepthwise;
import static org.backpropaganda.experiments.model.SavedBytes.halvingBlock;
import static org.backpropaganda.experiments.model.SavedBytes.halvingDepthwise;
import static org.backpropaganda.experiments.model.SavedBytes.image;
import static org.backpropaganda.experiments.model.SavedBytes.statistic;
import static org.backpropaganda.experiments.model.SuiteStep.DEPTH;
import static org.backpropaganda.experiments.model.SuiteStep.Step;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;
import static org.backpropaganda.experiments.model.SuiteStep.worstRelativeError;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The same models under every strategy and combination: gradients, statistics, evaluations and bytes. */
class StrategySuiteTest {
    static Stream<Arguments> strategies() {
        long resnet = 4 * block(0) + halvingBlock(1) + 3 * block(1) + halvingBlock(2) + 3 * block(2);
        long abnResnet = 4 * abnBlock(0) + halvingAbnBlock(1) + 3 * abnBlock(1) + halvingAbnBlock(2) + 3 * abnBlock(2);
        long abnDepthwise = 4 * abnDepthwise(0)
                + halvingAbnDepthwise(1)
                + 3 * abnDepthwise(1)
                + halvingAbnDepthwise(2)
                + 3 * abnDepthwise(2);
        long depthwise = 4 * block(0) + halvingDepthwise(1) + 3 * block(1) + halvingDepthwise(2) + 3 * block(2);
        // Four segments of three blocks, of which the first three keep their inputs.
        long inputs = image(0) + image(0) + image(1);
        long streams = 2 * HALF + REVNET_END;
        return Stream.of(
                Arguments.of("revnet", "plain", 4, 8 * FUNCTION + REVNET_END, 0),
                Arguments.of("revnet", "checkpoint", 4 + 2, 2 * HALF + 4 * FUNCTION + REVNET_END, 0),
                Arguments.of("revnet", "reversible", 4 + 4, streams, 1e-10),
                Arguments.of("revnet", "abn", 4, 8 * ABN_FUNCTION + REVNET_END, 1e-10),
                Arguments.of("revnet", "reversible+abn", 4 + 4, streams, 1e-10),
                Arguments.of("revnet", "checkpoint+abn", 4 + 2, 2 * HALF + 4 * ABN_FUNCTION + REVNET_END, 1e-10),
                Arguments.of("revnet", "checkpoint+reversible", 4 + 4 + 4, streams, 1e-10),
                Arguments.of("revnet", "checkpoint+reversible+abn", 4 + 4 + 4, streams, 1e-10),
                Arguments.of("resnet", "plain", 12, STEM + resnet + STAGES_END, 0),
                Arguments.of("resnet", "checkpoint", 12 + 9, STEM + inputs + 3 * block(2) + STAGES_END, 0),
                Arguments.of("resnet", "abn", 12, statistic(0) + abnResnet + STAGES_END, 1e-10),
                Arguments.of(
                        "resnet",
                        "checkpoint+abn",
                        12 + 9,
                        statistic(0) + inputs + 3 * abnBlock(2) + STAGES_END,
                        1e-10),
                Arguments.of("mlp", "plain", 4, 4 * MLP_BLOCK - ROWS + ROWS + LOSS, 0),
                Arguments.of("mlp", "checkpoint", 4 + 2, 2 * MLP_BLOCK + ROWS + LOSS, 0),
                Arguments.of("mlp", "abn", 4, 4 * MLP_ABN + LOSS, 1e-10),
                Arguments.of("mlp", "checkpoint+abn", 4 + 2, ROWS + 2 * MLP_ABN + LOSS, 1e-10),
                Arguments.of("depthwise", "plain", 12, STEM + depthwise + STAGES_END, 0),
                Arguments.of("depthwise", "checkpoint", 12 + 9, STEM + inputs + 3 * block(2) + STAGES_END, 0),
                Arguments.of("depthwise", "abn", 12, image(0) + statistic(0) + abnDepthwise + STAGES_END, 1e-10),
                Arguments.of(
                        "depthwise",
                        "checkpoint+abn",
                        12 + 9,
                        statistic(0) + inputs + image(2) + 3 * abnDepthwise(2) + STAGES_END,
                        1e-10),
                Arguments.of("transformer", "plain", 4, 4 * ATTENTION_BLOCK + TRANSFORMER_END, 0),
                Arguments.of("transformer", "checkpoint", 4 + 2, TOKENS + 2 * ATTENTION_BLOCK + TRANSFORMER_END, 0),
                Arguments.of("lstm", "plain", 4, LSTM_STEPS + 4 * LSTM_LAYER + ROWS + LOSS, 0),
                Arguments.of("lstm", "checkpoint", 4 + 2, LSTM_STEPS + TOKENS + 2 * LSTM_LAYER + ROWS + LOSS, 0));
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void gradientsStatisticsEvaluationsAndBytes(
            String kind, String strategy, double evaluations, long savedBytes, double bound) {
        ModelSpec spec = spec(kind, DEPTH, 1, DType.DOUBLE);
        Step plain = step(spec, "plain");
        Step other = step(spec, strategy);
        assertThat(worstRelativeError(other, plain)).isLessThanOrEqualTo(bound);
        assertThat(other.loss()).isEqualTo(plain.loss());
        plain.buffers()
                .forEach((name, values) ->
                        assertThat(other.buffers().get(name)).as(name).containsExactly(values));
        assertThat(plain.evaluations()).isEqualTo(spec.blocks());
        assertThat(other.evaluations()).isEqualTo(evaluations);
        assertThat(other.savedBytes()).isEqualTo(savedBytes);
        assertThat(other.abnPairs() > 0).isEqualTo(strategy.contains("abn"));
    }

    @ParameterizedTest
    @CsvSource({"reversible, 1e-10", "abn, 1e-10", "reversible+abn, 1e-10", "checkpoint, 0"})
    void gradientsOfADeepChain(String strategy, double bound) {
        ModelSpec spec = spec("revnet", 32, 1, DType.DOUBLE);
        assertThat(worstRelativeError(step(spec, strategy), step(spec, "plain")))
                .isLessThanOrEqualTo(bound);
    }
}
