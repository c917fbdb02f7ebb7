package org.backpropaganda.checkpointing.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Exp;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.Checkpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompressPolicyTest {
    private static final QuantizedCodec FOUR = new QuantizedCodec(4);
    private static final QuantizedCodec EIGHT = new QuantizedCodec(8);

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private Saving saving(String op, String path, String label) {
        return saving(op, path, label, DType.FLOAT, 2000);
    }

    private Saving saving(String op, String path, String label, DType dtype, long elements) {
        Tensor tensor = scope.allocate(Shape.of(elements), dtype);
        return new Saving(tensor, op, path, label, 1, new Exp(), false, !dtype.isDifferentiable(), null);
    }

    private static Saving of(Saving saving, boolean segment, boolean exact) {
        return new Saving(
                saving.tensor(),
                saving.op(),
                saving.path(),
                saving.label(),
                1,
                segment ? null : saving.reader(),
                false,
                exact,
                null);
    }

    @Test
    void theFirstRuleThatHoldsDecides() {
        SavedTensorPolicy policy = CompressPolicy.builder()
                .path("head", SavedTensorCodec.keep())
                .label("exp", "output", new QuantizedCodec(2))
                .bits("blocks.1", 4)
                .op("conv2d", new Bf16Codec())
                .label("probabilities", new QuantizedCodec(2, 5))
                .where(saving -> saving.path().equals("stem"), EIGHT)
                .build();
        assertThat(policy.choose(saving("exp", "head.0", "output"))).isSameAs(SavedTensorCodec.keep());
        assertThat(policy.choose(saving("exp", "blocks.1", "output"))).isEqualTo(new QuantizedCodec(2));
        assertThat(policy.choose(saving("conv2d", "blocks.1", "input 0"))).isEqualTo(FOUR);
        assertThat(policy.choose(saving("conv2d", "blocks.1.conv", "input 0"))).isEqualTo(FOUR);
        assertThat(policy.choose(saving("conv2d", "blocks.10", "input 0"))).isEqualTo(new Bf16Codec());
        assertThat(policy.choose(saving("softmax", "", "probabilities"))).isEqualTo(new QuantizedCodec(2, 5));
        assertThat(policy.choose(saving("tanh", "stem", "output"))).isEqualTo(EIGHT);
        assertThat(policy.choose(saving("tanh", "stem.0", "output"))).isSameAs(SavedTensorCodec.keep());
    }

    @Test
    void whatNoRulePacksGoesToTheOtherPolicy() {
        SavedTensorCodec other = new Bf16Codec();
        SavedTensorPolicy policy = CompressPolicy.builder()
                .op("conv2d", EIGHT)
                .otherwise(saving -> other)
                .build();
        assertThat(policy.choose(saving("conv2d", "", "input 0"))).isEqualTo(EIGHT);
        assertThat(policy.choose(saving("linear", "", "input 0"))).isSameAs(other);
        assertThat(policy.choose(saving("conv2d", "", "input 0", DType.FLOAT, 100)))
                .isSameAs(other);
    }

    @Test
    void smallTensorsAreKept() {
        assertThat(CompressPolicy.of(EIGHT).choose(saving("exp", "", "output", DType.FLOAT, 1023)))
                .isSameAs(SavedTensorCodec.keep());
        assertThat(CompressPolicy.of(EIGHT).choose(saving("exp", "", "output", DType.FLOAT, 1024)))
                .isEqualTo(EIGHT);
        assertThat(CompressPolicy.of(EIGHT).choose(saving("exp", "", "output", DType.DOUBLE, 512)))
                .isEqualTo(EIGHT);
        assertThat(CompressPolicy.builder()
                        .all(EIGHT)
                        .smallest(0)
                        .build()
                        .choose(saving("exp", "", "output", DType.FLOAT, 1)))
                .isEqualTo(EIGHT);
    }

    @Test
    void bitsIntegersAndStatisticsArePassedBy() {
        for (SavedTensorPolicy policy : List.of(
                CompressPolicy.of(EIGHT),
                CompressPolicy.builder().op("batchnormrelu", EIGHT).build(),
                CompressPolicy.builder().path("norm", EIGHT).build())) {
            assertThat(policy.choose(saving("batchnormrelu", "norm", "positive", DType.BIT, 100_000)))
                    .isSameAs(SavedTensorCodec.keep());
            assertThat(policy.choose(saving("batchnormrelu", "norm", "taps", DType.BYTE, 100_000)))
                    .isSameAs(SavedTensorCodec.keep());
            assertThat(policy.choose(saving("batchnormrelu", "norm", "variance")))
                    .isSameAs(SavedTensorCodec.keep());
            assertThat(policy.choose(saving("batchnormrelu", "norm", "input 0")))
                    .isEqualTo(EIGHT);
        }
        SavedTensorPolicy asked = CompressPolicy.builder()
                .label("variance", EIGHT)
                .label("positive", EIGHT)
                .build();
        assertThat(asked.choose(saving("batchnormrelu", "norm", "variance"))).isEqualTo(EIGHT);
        assertThat(asked.choose(saving("batchnormrelu", "norm", "positive", DType.BIT, 100_000)))
                .as("for the tape to refuse")
                .isEqualTo(EIGHT);
    }

    @Test
    void segmentsAndWhatMustStayExactArePassedByUnlessAskedFor() {
        Saving input = of(saving("checkpoint", "blocks.0", "input 0"), true, false);
        Saving stream = of(saving("reversible", "blocks", "stream"), true, true);
        for (SavedTensorPolicy blanket : List.of(
                CompressPolicy.of(EIGHT),
                CompressPolicy.builder().path("", EIGHT).build(),
                CompressPolicy.builder().where(any -> true, EIGHT).build())) {
            assertThat(blanket.choose(input)).isSameAs(SavedTensorCodec.keep());
            assertThat(blanket.choose(stream)).isSameAs(SavedTensorCodec.keep());
        }
        assertThat(CompressPolicy.builder().path("blocks", EIGHT).build().choose(input))
                .isSameAs(SavedTensorCodec.keep());
        assertThat(CompressPolicy.builder().path("blocks.0", EIGHT).build().choose(input))
                .isEqualTo(EIGHT);
        assertThat(CompressPolicy.builder().op("checkpoint", EIGHT).build().choose(input))
                .isEqualTo(EIGHT);
        for (CompressPolicy asked : List.of(
                CompressPolicy.builder().op("reversible", EIGHT).build(),
                CompressPolicy.builder().label("stream", EIGHT).build(),
                CompressPolicy.builder().bits("blocks", 8).build())) {
            assertThat(asked.choose(stream)).as("for the tape to refuse").isEqualTo(EIGHT);
        }
    }

    /** On a tape: a label that names bits is refused with the name of what was asked for. */
    @Test
    void askingForBitsIsRefusedByTheTape() {
        SavedTensorPolicy policy =
                CompressPolicy.builder().label("positive", EIGHT).build();
        assertThatIllegalStateException()
                .isThrownBy(() -> Steps.gradients(Steps::images, policy, DType.FLOAT, 1, 4, 8, 8, Steps.WIDTH))
                .withMessageContaining(
                        "batchnormrelu backward in 1: saved positive BIT[4, 8, 8, 16] must come back bit for"
                                + " bit, and 8 bits loses bits");
    }

    /** Replays of a rounded boundary compute from other values: it can be had, and gradients show it. */
    @Test
    void aBoundaryIsRoundedWhereItIsAskedFor() {
        Function<ParameterFactory, Module> model = factory -> Steps.blocks(factory, 3, Checkpoint::checkpoint);
        Map<String, double[]> exact = Steps.gradients(model, SavedTensorPolicy.keep(), DType.FLOAT, 1, 96, Steps.WIDTH);
        Map<String, double[]> boundary = Steps.gradients(
                model, CompressPolicy.builder().op("checkpoint", FOUR).build(), DType.FLOAT, 1, 96, Steps.WIDTH);
        assertThat(new TreeMap<>(boundary).keySet()).isEqualTo(new TreeMap<>(exact).keySet());
        assertThat(boundary.values().iterator().next())
                .isNotEqualTo(exact.values().iterator().next());
    }
}
