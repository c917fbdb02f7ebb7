package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
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
import org.junit.jupiter.params.provider.CsvSource;

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
            int abnPairs) {}

    private static ModelSpec spec(String kind, int depth, int modules, DType dtype) {
        return new ModelSpec(ModelSpec.Kind.valueOf(kind), depth, 8, modules, SIDE, SIDE, 3, 10, dtype);
    }

    private static Step step(ModelSpec spec, String strategy) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            Model model = Model.create(spec, Strategy.parse(strategy), root, 3);
            long base = engine.ledger().liveBytes();
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
            return new Step(lossValue, gradients, buffers, evaluations, saved, model.abnPairs());
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

    @ParameterizedTest
    @CsvSource({
        "REVNET, checkpoint, 7, 0",
        "REVNET, reversible, 8, 1e-10",
        "REVNET, abn, 4, 1e-10",
        "REVNET, reversible+abn, 8, 1e-10",
        "REVNET, checkpoint+abn, 7, 1e-10",
        "REVNET, checkpoint+reversible, 12, 1e-10",
        "REVNET, checkpoint+reversible+abn, 12, 1e-10",
        "RESNET, checkpoint, 21, 0",
        "RESNET, abn, 12, 1e-10",
        "RESNET, checkpoint+abn, 21, 1e-10",
        "MLP, checkpoint, 6, 0",
        "MLP, abn, 4, 1e-10",
        "MLP, checkpoint+abn, 6, 1e-10",
        "DEPTHWISE, checkpoint, 21, 0",
        "DEPTHWISE, abn, 12, 1e-10",
        "TRANSFORMER, checkpoint, 6, 0",
        "LSTM, checkpoint, 6, 0"
    })
    void gradientsStatisticsAndEvaluations(String kind, String strategy, double evaluations, double bound) {
        ModelSpec spec = spec(kind, DEPTH, 1, DType.DOUBLE);
        Step plain = step(spec, "plain");
        Step other = step(spec, strategy);
        assertThat(worstRelativeError(other, plain)).isLessThanOrEqualTo(bound);
        assertThat(other.loss()).isEqualTo(plain.loss());
        plain.buffers()
                .forEach((name, values) ->
                        assertThat(other.buffers().get(name)).as(name).containsExactly(values));
        assertThat(plain.evaluations()).isEqualTo(spec.blocks());
        assertThat(other.evaluations()).isLessThanOrEqualTo(evaluations);
        assertThat(other.savedBytes()).isLessThan(plain.savedBytes());
    }

    @ParameterizedTest
    @CsvSource({
        "REVNET, decoupled",
        "REVNET, reversible+decoupled",
        "REVNET, checkpoint+decoupled",
        "REVNET, reversible+abn+decoupled",
        "RESNET, decoupled",
        "RESNET, abn+decoupled",
        "MLP, decoupled",
        "MLP, checkpoint+abn+decoupled"
    })
    void decoupledModulesStartWithoutGradientsBelowTheLast(String kind, String strategy) {
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
