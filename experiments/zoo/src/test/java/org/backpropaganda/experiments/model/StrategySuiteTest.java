package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The same models under every strategy and combination. */
class StrategySuiteTest {
    private static final int BATCH = 4;
    private static final int SIDE = 8;
    private static final int DEPTH = 4;

    private record Step(
            double loss,
            Map<String, double[]> gradients,
            Map<String, double[]> buffers,
            double evaluations,
            long savedBytes,
            long peakBytes,
            int abnPairs) {}

    private static ModelSpec spec(String kind, int depth, int modules, DType dtype) {
        return new ModelSpec(ModelSpec.Kind.valueOf(kind), depth, 8, modules, SIDE, SIDE, 3, 10, dtype);
    }

    private static Step step(ModelSpec spec, String strategy) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            Model model = Model.create(spec, Strategy.parse(strategy), root, 3);
            long base = engine.ledger().liveBytes();
            engine.resetPeaks();
            Map<String, double[]> gradients = new LinkedHashMap<>();
            double lossValue;
            long saved;
            double evaluations;
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 11)) {
                Variable labels = tape.constant(scope.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT)
                        .set(new int[] {1, 7, 3, 1}));
                Variable logits = model.logits(tape.constant(images(scope, spec.dtype())), labels);
                Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, labels);
                lossValue = loss.value().item();
                saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
                try (Gradients result = tape.backward(loss)) {
                    assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
                    model.parameters().forEach((name, parameter) -> {
                        Tensor gradient = result.of(parameter);
                        gradients.put(name, gradient == null ? new double[0] : gradient.toDoubles());
                    });
                }
                evaluations = model.blockEvaluations(model.taps().evaluations().get());
            }
            assertThat(engine.ledger().liveBytes()).isEqualTo(base);
            Map<String, double[]> buffers = new LinkedHashMap<>();
            model.buffers().forEach((name, buffer) -> buffers.put(name, buffer.toDoubles()));
            long peak = engine.ledger().peakBytes(MemoryKind.ACTIVATION);
            return new Step(lossValue, gradients, buffers, evaluations, saved, peak, model.abnPairs());
        }
    }

    private static Tensor images(TensorScope scope, DType dtype) {
        Tensor tensor = scope.allocate(Shape.of(BATCH, SIDE, SIDE, 3), dtype, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(1).doubles(tensor.elements(), -1, 1).toArray());
    }

    private static double worstRelativeError(Step step, Step plain) {
        double worst = 0;
        for (Map.Entry<String, double[]> entry : plain.gradients().entrySet()) {
            double[] g0 = entry.getValue();
            double[] g = step.gradients().get(entry.getKey());
            assertThat(g).as(entry.getKey()).hasSameSizeAs(g0);
            double difference = 0;
            double norm = 0;
            for (int i = 0; i < g0.length; i++) {
                difference += (g[i] - g0[i]) * (g[i] - g0[i]);
                norm += g0[i] * g0[i];
            }
            worst = norm == 0 ? worst : Math.max(worst, Math.sqrt(difference / norm));
        }
        return worst;
    }

    /*
     * What is held between loss and backward, by hand: bytes of doubles, batch 4, 8×8 pixels, width 8, depth 4. Every op is taken
     * at its word: convolutions and linear layers keep their input, batch norms their input and two statistics a channel,
     * leaky ReLU a bit a number, in-place batch norm its output and one statistic a channel. A buffer that two ops keep is
     * held once. Images belong to the input.
     */

    /** Probabilities of the loss. */
    private static final long LOSS = 4 * 10 * 8;

    /** A coupling's half of the channels. */
    private static final long HALF = 4 * 8 * 8 * 4 * 8;

    private static final long HALF_STATISTIC = 4 * 8;

    /** Twice convolution, batch norm, leaky ReLU. */
    private static final long FUNCTION = 2 * (2 * HALF + 2 * HALF_STATISTIC + HALF / 64);

    /** The first in-place norm's output is the second convolution's input. */
    private static final long ABN_FUNCTION = 3 * HALF + 2 * HALF_STATISTIC;

    /** What reading both of a coupling's results and predicting classes from them keeps. */
    private static final long REVNET_END = LOSS + 4 * 8 * 8;

    /** What a reversible step holds at most: both streams, and one function whose input is among them. */
    private static long reversing(long function) {
        return 2 * HALF + function - HALF;
    }

    /** An image of a stage. */
    private static long image(int stage) {
        return (4L * 8 * 8 * 8 * 8) >> stage;
    }

    private static long statistic(int stage) {
        return (8L * 8) << stage;
    }

    /** Convolution, batch norm, leaky ReLU, convolution, batch norm, sum, leaky ReLU; or the second pair on its own. */
    private static long block(int stage) {
        return 4 * image(stage) + 4 * statistic(stage) + image(stage) / 32;
    }

    /** A block behind a stage of larger images, and its shortcut's batch norm. */
    private static long halvingBlock(int stage) {
        return block(stage) - image(stage) + image(stage - 1) + image(stage) + 2 * statistic(stage);
    }

    /** The batch norm of the sum is no pair. */
    private static long abnBlock(int stage) {
        return 3 * image(stage) + 3 * statistic(stage) + image(stage) / 64;
    }

    private static long halvingAbnBlock(int stage) {
        return abnBlock(stage) + image(stage - 1) + 2 * statistic(stage);
    }

    /** Depthwise convolutions halve the image before the pointwise one doubles the channels. */
    private static long halvingDepthwise(int stage) {
        long between = image(stage) / 2;
        return image(stage - 1)
                + (2 * between + 2 * statistic(stage - 1) + between / 64)
                + (image(stage) + 2 * statistic(stage) + image(stage) / 64);
    }

    /** Both outputs of a block; its input is the last block's. */
    private static long abnDepthwise(int stage) {
        return 2 * image(stage) + 2 * statistic(stage);
    }

    private static long halvingAbnDepthwise(int stage) {
        return image(stage) / 2 + statistic(stage - 1) + image(stage) + statistic(stage);
    }

    /** The first batch norm and its activation. */
    private static final long STEM = image(0) + 2 * statistic(0) + image(0) / 64;

    private static final long STAGES_END = LOSS + 4 * 32 * 8;

    private static final long ROWS = 4 * 8 * 8;
    private static final long MLP_BLOCK = 2 * ROWS + 2 * 8 * 8 + ROWS / 64;
    private static final long MLP_ABN = ROWS + 8 * 8;

    private static final long TOKENS = 4 * 64 * 8 * 8;

    /** Mean and deviation of each token. */
    private static final long TOKEN_STATISTICS = 2 * 4 * 64 * 8;

    /**
     * Two norms with their inputs, the input of three projections, query, key, value, the input of the fourth, that of the
     * first layer of four times the width, and its output before and behind the activation.
     */
    private static final long ATTENTION_BLOCK = 2 * TOKEN_STATISTICS + (2 + 1 + 3 + 1 + 1 + 4 + 4) * TOKENS;

    private static final long TRANSFORMER_END = TOKENS + TOKEN_STATISTICS + ROWS + LOSS;

    /** Outputs, four gates, and two states from before the first step. */
    private static final long LSTM_LAYER = 5 * TOKENS + 2 * ROWS;

    private static final long LSTM_STEPS = 4 * 64 * 3 * 8;

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
                Arguments.of("REVNET", "plain", 4, 8 * FUNCTION + REVNET_END, 0),
                Arguments.of("REVNET", "checkpoint", 4 + 2, 2 * HALF + 4 * FUNCTION + REVNET_END, 0),
                Arguments.of("REVNET", "reversible", 4 + 4, streams, 1e-10),
                Arguments.of("REVNET", "abn", 4, 8 * ABN_FUNCTION + REVNET_END, 1e-10),
                Arguments.of("REVNET", "reversible+abn", 4 + 4, streams, 1e-10),
                Arguments.of("REVNET", "checkpoint+abn", 4 + 2, 2 * HALF + 4 * ABN_FUNCTION + REVNET_END, 1e-10),
                Arguments.of("REVNET", "checkpoint+reversible", 4 + 4 + 4, streams, 1e-10),
                Arguments.of("REVNET", "checkpoint+reversible+abn", 4 + 4 + 4, streams, 1e-10),
                Arguments.of("RESNET", "plain", 12, STEM + resnet + STAGES_END, 0),
                Arguments.of("RESNET", "checkpoint", 12 + 9, STEM + inputs + 3 * block(2) + STAGES_END, 0),
                Arguments.of("RESNET", "abn", 12, statistic(0) + abnResnet + STAGES_END, 1e-10),
                Arguments.of(
                        "RESNET",
                        "checkpoint+abn",
                        12 + 9,
                        statistic(0) + inputs + 3 * abnBlock(2) + STAGES_END,
                        1e-10),
                Arguments.of("MLP", "plain", 4, 4 * MLP_BLOCK - ROWS + ROWS + LOSS, 0),
                Arguments.of("MLP", "checkpoint", 4 + 2, 2 * MLP_BLOCK + ROWS + LOSS, 0),
                Arguments.of("MLP", "abn", 4, 4 * MLP_ABN + LOSS, 1e-10),
                Arguments.of("MLP", "checkpoint+abn", 4 + 2, ROWS + 2 * MLP_ABN + LOSS, 1e-10),
                Arguments.of("DEPTHWISE", "plain", 12, STEM + depthwise + STAGES_END, 0),
                Arguments.of("DEPTHWISE", "checkpoint", 12 + 9, STEM + inputs + 3 * block(2) + STAGES_END, 0),
                Arguments.of("DEPTHWISE", "abn", 12, image(0) + statistic(0) + abnDepthwise + STAGES_END, 1e-10),
                Arguments.of(
                        "DEPTHWISE",
                        "checkpoint+abn",
                        12 + 9,
                        statistic(0) + inputs + image(2) + 3 * abnDepthwise(2) + STAGES_END,
                        1e-10),
                Arguments.of("TRANSFORMER", "plain", 4, 4 * ATTENTION_BLOCK + TRANSFORMER_END, 0),
                Arguments.of("TRANSFORMER", "checkpoint", 4 + 2, TOKENS + 2 * ATTENTION_BLOCK + TRANSFORMER_END, 0),
                Arguments.of("LSTM", "plain", 4, LSTM_STEPS + 4 * LSTM_LAYER + ROWS + LOSS, 0),
                Arguments.of("LSTM", "checkpoint", 4 + 2, LSTM_STEPS + TOKENS + 2 * LSTM_LAYER + ROWS + LOSS, 0));
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

    /** What in-place norms save of a reversible step shows at its peak: nothing of a function is kept before. */
    @ParameterizedTest
    @CsvSource({
        "1, reversible, 0",
        "1, reversible+abn, 0",
        "2, reversible+decoupled, 2",
        "2, reversible+abn+decoupled, 2"
    })
    void peaksOfReversibleSteps(int modules, String strategy, int halvesOfTheLastModulesInput) {
        long function = strategy.contains("abn") ? ABN_FUNCTION : FUNCTION;
        assertThat(step(spec("REVNET", DEPTH, modules, DType.DOUBLE), strategy).peakBytes())
                .isEqualTo(reversing(function) + halvesOfTheLastModulesInput * HALF);
    }

    /** No partner of a combination is idle. */
    @ParameterizedTest
    @CsvSource({
        "REVNET, 1, checkpoint, abn",
        "RESNET, 1, checkpoint, abn",
        "MLP, 1, checkpoint, abn",
        "DEPTHWISE, 1, checkpoint, abn",
        "REVNET, 1, reversible, abn",
        "REVNET, 2, checkpoint, decoupled",
        "RESNET, 2, abn, decoupled",
        "MLP, 2, abn, decoupled",
        "MLP, 2, checkpoint, decoupled"
    })
    void aPairPeaksBelowBothItsParts(String kind, int modules, String one, String other) {
        ModelSpec spec = spec(kind, DEPTH, modules, DType.DOUBLE);
        long both = step(spec, one + "+" + other).peakBytes();
        assertThat(both).isLessThan(step(spec, one).peakBytes());
        assertThat(both).isLessThan(step(spec, other).peakBytes());
    }

    /** Segments of one block each: the first keeps its input. */
    static Stream<Arguments> decoupled() {
        long input = 2 * HALF;
        return Stream.of(
                Arguments.of("REVNET", "decoupled", 4, input + 4 * FUNCTION + REVNET_END),
                Arguments.of("REVNET", "reversible+decoupled", 8, input + 2 * HALF + REVNET_END),
                Arguments.of("REVNET", "checkpoint+decoupled", 6, input + 2 * HALF + 2 * FUNCTION + REVNET_END),
                Arguments.of("REVNET", "reversible+abn+decoupled", 8, input + 2 * HALF + REVNET_END),
                Arguments.of("RESNET", "decoupled", 12, 2 * block(1) + halvingBlock(2) + 3 * block(2) + STAGES_END),
                Arguments.of(
                        "RESNET",
                        "abn+decoupled",
                        12,
                        2 * abnBlock(1) + halvingAbnBlock(2) + 3 * abnBlock(2) + STAGES_END),
                Arguments.of("MLP", "decoupled", 4, 2 * MLP_BLOCK + ROWS + LOSS),
                Arguments.of("MLP", "checkpoint+abn+decoupled", 6, 2 * ROWS + MLP_ABN + LOSS));
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

    @ParameterizedTest
    @CsvSource({"reversible, 1e-10", "abn, 1e-10", "reversible+abn, 1e-10", "checkpoint, 0"})
    void gradientsOfADeepChain(String strategy, double bound) {
        ModelSpec spec = spec("REVNET", 32, 1, DType.DOUBLE);
        assertThat(worstRelativeError(step(spec, strategy), step(spec, "plain")))
                .isLessThanOrEqualTo(bound);
    }

    @Test
    void oneDecoupledModuleIsPlain() {
        for (String kind : new String[] {"REVNET", "RESNET", "MLP"}) {
            ModelSpec spec = spec(kind, 2, 1, DType.DOUBLE);
            assertThat(worstRelativeError(step(spec, "decoupled"), step(spec, "plain")))
                    .isZero();
        }
    }

    @Test
    void reversibleSavesNothingABlock() {
        assertThat(step(spec("REVNET", 8, 1, DType.FLOAT), "reversible").savedBytes())
                .isEqualTo(step(spec("REVNET", 2, 1, DType.FLOAT), "reversible").savedBytes());
    }

    @Test
    void plainAndAbnSaveWhatTheirLayersDeclare() {
        long half = (long) BATCH * SIDE * SIDE * 4;
        long vectors = 2L * 2 * 4 * 4;
        long plain = step(spec("REVNET", 5, 1, DType.FLOAT), "plain").savedBytes()
                - step(spec("REVNET", 4, 1, DType.FLOAT), "plain").savedBytes();
        long abn = step(spec("REVNET", 5, 1, DType.FLOAT), "abn").savedBytes()
                - step(spec("REVNET", 4, 1, DType.FLOAT), "abn").savedBytes();
        assertThat(plain).isEqualTo(2 * (16 * half + 2 * half / 8 + vectors));
        assertThat(abn).isEqualTo(2 * (12 * half + vectors / 2));
    }

    @Test
    void abnTellsHowManyPairs() {
        assertThat(step(spec("REVNET", 2, 1, DType.FLOAT), "abn").abnPairs()).isEqualTo(8);
        assertThat(step(spec("RESNET", 2, 1, DType.FLOAT), "abn").abnPairs()).isEqualTo(7);
        assertThat(step(spec("MLP", 2, 1, DType.FLOAT), "abn").abnPairs()).isEqualTo(2);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> step(spec("RESNET", 2, 1, DType.FLOAT), "reversible"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("no coupling")
                .hasMessageContaining("revnet can");
        assertThatThrownBy(() -> step(spec("MLP", 2, 3, DType.FLOAT), "decoupled"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("more than the 2 blocks");
        assertThatThrownBy(() -> new ModelSpec(ModelSpec.Kind.REVNET, 2, 7, 1, 8, 8, 3, 10, DType.FLOAT))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("odd");
        assertThatThrownBy(() -> Strategy.parse("reversible+magic")).hasMessageContaining("unknown strategy");
        assertThatThrownBy(() -> Strategy.parseAll("plain,abn,plain")).hasMessageContaining("twice");
    }
}
