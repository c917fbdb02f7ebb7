package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.backpropaganda.autograd.testkit.RoundingCodec;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.backpropaganda.checkpointing.recompute.RecomputePolicy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every technique under policies that put away all that is saved: extras, boundaries, streams. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyTest {
    private static final SavedTensorPolicy HEAP = SavedTensorPolicy.of(new HeapCodec());
    private static final SavedTensorPolicy ROUNDING = SavedTensorPolicy.of(new RoundingCodec());
    private static final SavedTensorPolicy CHEAP = RecomputePolicy.cheap();
    private static final SavedTensorPolicy DEEP =
            RecomputePolicy.cheap().depthLimit(1000).otherwise(HEAP);

    private final Engine engine = Engine.builder().threads(2).build();

    @AfterAll
    void close() {
        engine.close();
    }

    static Stream<Arguments> everything() {
        return SummaryTest.everything();
    }

    @ParameterizedTest
    @MethodSource("everything")
    void theJavaHeapAndRecomputationBringBackEveryBit(String kind, String strategy, DType dtype) {
        try (TensorScope scope = engine.scope("")) {
            List<Tensor> batch = PolicyStep.batch(scope, kind, dtype);
            LossModule plain = PolicyStep.model(kind, strategy, dtype, scope);
            Map<String, double[]> kept = PolicyStep.gradients(plain, batch, SavedTensorPolicy.keep());
            for (SavedTensorPolicy policy : List.of(HEAP, CHEAP, DEEP)) {
                LossModule model = PolicyStep.model(kind, strategy, dtype, scope);
                Map<String, double[]> back = PolicyStep.gradients(model, batch, policy);
                assertThat(back.keySet()).isEqualTo(kept.keySet()).isNotEmpty();
                kept.forEach(
                        (name, values) -> assertThat(back.get(name)).as(name).isEqualTo(values));
                plain.buffers()
                        .forEach((name, buffer) -> assertThat(
                                        model.buffers().get(name).toDoubles())
                                .as(name)
                                .isEqualTo(buffer.toDoubles()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everything")
    void recomputationNeverTakesMore(String kind, String strategy, DType dtype) {
        try (TensorScope scope = engine.scope("")) {
            LossModule model = PolicyStep.model(kind, strategy, dtype, scope);
            List<TensorSpec> batch = PolicyStep.batch(scope, kind, dtype).stream()
                    .map(Tensor::spec)
                    .toList();
            ModelSummary kept = ModelSummary.of(model, batch, tape -> {});
            ModelSummary cheap = ModelSummary.of(model, batch, tape -> tape.policy(CHEAP));
            assertThat(cheap.savedBytes()).isLessThanOrEqualTo(kept.savedBytes());
            assertThat(cheap.peakTotalBytes().orElseThrow())
                    .isLessThanOrEqualTo(kept.peakTotalBytes().orElseThrow());
        }
    }

    @ParameterizedTest
    @MethodSource("everything")
    void shapesPriceThem(String kind, String strategy, DType dtype) {
        try (TensorScope scope = engine.scope("")) {
            List<Tensor> batch = PolicyStep.batch(scope, kind, dtype);
            for (SavedTensorPolicy policy : List.of(HEAP, ROUNDING, CHEAP, DEEP)) {
                Consumer<TapeBuilder> settings = tape -> tape.policy(policy);
                LossModule model = PolicyStep.model(kind, strategy, dtype, scope);
                ModelSummary summary =
                        ModelSummary.of(model, batch.stream().map(Tensor::spec).toList(), settings);
                assertThat(StepFigures.predicted(summary)).isEqualTo(StepFigures.measured(model, batch, settings));
                if (policy == HEAP) {
                    assertThat(summary.savedBytes()).as("nothing passes it by").isZero();
                }
            }
        }
    }

    /** What is rounded is near: all techniques but those that must not be rounded show it. */
    @ParameterizedTest
    @MethodSource("everything")
    void roundingChangesGradientsALittle(String kind, String strategy, DType dtype) {
        try (TensorScope scope = engine.scope("")) {
            List<Tensor> batch = PolicyStep.batch(scope, kind, dtype);
            Map<String, double[]> kept = PolicyStep.gradients(
                    PolicyStep.model(kind, strategy, dtype, scope), batch, SavedTensorPolicy.keep());
            Map<String, double[]> rounded =
                    PolicyStep.gradients(PolicyStep.model(kind, strategy, dtype, scope), batch, ROUNDING);
            double dot = 0;
            double norm = 0;
            double other = 0;
            boolean same = true;
            for (Map.Entry<String, double[]> entry : kept.entrySet()) {
                double[] values = rounded.get(entry.getKey());
                for (int i = 0; i < values.length; i++) {
                    dot += values[i] * entry.getValue()[i];
                    norm += values[i] * values[i];
                    other += entry.getValue()[i] * entry.getValue()[i];
                    same &= values[i] == entry.getValue()[i];
                }
            }
            assertThat(dot / Math.sqrt(norm * other)).isGreaterThan(0.98);
            assertThat(same).isFalse();
        }
    }

    @Test
    void aReversibleStreamIsNotRounded() {
        try (TensorScope scope = engine.scope("")) {
            LossModule model = PolicyStep.model("revnet", "reversible", DType.FLOAT, scope);
            SavedTensorPolicy careless = saving -> saving.spec().dtype() == DType.FLOAT
                    ? new RoundingCodec()
                    : SavedTensorPolicy.keep().choose(saving);
            assertThatIllegalStateException()
                    .isThrownBy(
                            () -> PolicyStep.gradients(model, PolicyStep.batch(scope, "revnet", DType.FLOAT), careless))
                    .withMessageContaining("reversible backward in blocks: saved stream")
                    .withMessageContaining("must come back bit for bit, and rounding to 16 bits loses bits");
        }
    }
}
