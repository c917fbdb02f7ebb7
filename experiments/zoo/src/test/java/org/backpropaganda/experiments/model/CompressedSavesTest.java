package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.backpropaganda.checkpointing.compress.BlpaCodec;
import org.backpropaganda.checkpointing.compress.CompressPolicy;
import org.backpropaganda.checkpointing.compress.DerivativeCodec;
import org.backpropaganda.checkpointing.compress.QuantizedCodec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every technique with saved tensors in a few bits: what loses bits passes by what must not, and is refused where it is asked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompressedSavesTest {
    private static final QuantizedCodec EIGHT = new QuantizedCodec(8);
    private static final SavedTensorPolicy ALL = CompressPolicy.builder()
            .where(DerivativeCodec::fits, DerivativeCodec.policy())
            .where(BlpaCodec::fits, new BlpaCodec(8))
            .all(EIGHT)
            .smallest(256)
            .build();

    private final Engine engine = Engine.builder().threads(2).build();

    @AfterAll
    void close() {
        engine.close();
    }

    static Stream<Arguments> everything() {
        return SummaryTest.everything();
    }

    /** A blanket over all that may lose bits leaves reversible streams and in-place norms alone, so that gradients stay near. */
    @ParameterizedTest
    @MethodSource("everything")
    void gradientsStayNearAndRepeat(String kind, String strategy, DType dtype) {
        try (TensorScope scope = engine.scope("")) {
            List<Tensor> batch = PolicyStep.batch(scope, kind, dtype);
            Map<String, double[]> kept = PolicyStep.gradients(
                    PolicyStep.model(kind, strategy, dtype, scope), batch, SavedTensorPolicy.keep());
            Map<String, double[]> packed =
                    PolicyStep.gradients(PolicyStep.model(kind, strategy, dtype, scope), batch, ALL);
            assertThat(GradientComparison.of(packed, kept).total().cosine()).isGreaterThan(0.98);
            Map<String, double[]> again =
                    PolicyStep.gradients(PolicyStep.model(kind, strategy, dtype, scope), batch, ALL);
            packed.forEach(
                    (name, values) -> assertThat(again.get(name)).as(name).isEqualTo(values));
        }
    }

    @ParameterizedTest
    @MethodSource("everything")
    void shapesPriceThem(String kind, String strategy, DType dtype) {
        try (TensorScope scope = engine.scope("")) {
            List<Tensor> batch = PolicyStep.batch(scope, kind, dtype);
            Consumer<TapeBuilder> settings = tape -> tape.policy(ALL);
            LossModule model = PolicyStep.model(kind, strategy, dtype, scope);
            ModelSummary summary =
                    ModelSummary.of(model, batch.stream().map(Tensor::spec).toList(), settings);
            assertThat(StepFigures.predicted(summary)).isEqualTo(StepFigures.measured(model, batch, settings));
        }
    }

    @Test
    void askingForStreamsOfReversibleSequencesIsRefused() {
        for (CompressPolicy asked : List.of(
                CompressPolicy.builder().op("reversible", EIGHT).build(),
                CompressPolicy.builder().label("stream", EIGHT).build(),
                CompressPolicy.builder().bits("blocks", 8).build())) {
            refused("revnet", "reversible", asked, "reversible backward in blocks: saved stream");
        }
    }

    @Test
    void askingForOutputsOfInPlaceNormsIsRefused() {
        for (CompressPolicy asked : List.of(
                CompressPolicy.builder().op("inPlaceAbn", EIGHT).build(),
                CompressPolicy.builder().label("inPlaceAbn", "output", EIGHT).build())) {
            refused("resnet", "abn", asked, "inPlaceAbn backward in ");
        }
    }

    private void refused(String kind, String strategy, SavedTensorPolicy asked, String what) {
        try (TensorScope scope = engine.scope("")) {
            LossModule model = PolicyStep.model(kind, strategy, DType.FLOAT, scope);
            assertThatIllegalStateException()
                    .isThrownBy(() -> PolicyStep.gradients(model, PolicyStep.batch(scope, kind, DType.FLOAT), asked))
                    .withMessageContaining(what)
                    .withMessageContaining("must come back bit for bit, and 8 bits loses bits");
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        }
    }
}
