package org.backpropaganda.checkpointing.compress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;

class LossyBisectTest {
    private static final int BLOCKS = 8;

    private int runs;

    private Map<String, double[]> step(SavedTensorPolicy policy) {
        runs++;
        return Steps.gradients(
                factory -> Steps.blocks(factory, BLOCKS, block -> block), policy, DType.DOUBLE, 2, 96, Steps.WIDTH);
    }

    /** One bit in one layer among layers of 16: it is found, and what was passed over was not halved. */
    @Test
    void findsTheLayerThatLosesMost() {
        SavedTensorPolicy policy = CompressPolicy.builder()
                .path("5.body.1", new QuantizedCodec(1))
                .all(new Bf16Codec())
                .build();
        LossyBisect bisect = LossyBisect.run(this::step, policy);
        LossyBisect.Finding worst = bisect.findings().get(0);
        assertThat(worst.paths()).containsExactly("5.body.1");
        assertThat(worst.difference().distance())
                .isGreaterThan(20 * bisect.findings().get(1).difference().distance());
        assertThat(runs).isLessThan(2 + 2 * 6);
        assertThat(bisect.findings().stream().flatMap(each -> each.paths().stream()))
                .as("no layer is left out")
                .doesNotHaveDuplicates()
                .hasSize(3 * BLOCKS + 1);
    }

    @Test
    void errorsAreThoseOfPackingTheLayerAlone() {
        SavedTensorPolicy policy = CompressPolicy.of(new QuantizedCodec(2));
        LossyBisect bisect = LossyBisect.run(this::step, policy, 0);
        assertThat(bisect.findings()).hasSize(3 * BLOCKS + 1);
        Map<String, double[]> exact = step(SavedTensorPolicy.keep());
        LossyBisect.Finding worst = bisect.findings().get(0);
        Map<String, double[]> alone = step(CompressPolicy.builder()
                .where(saving -> worst.paths().contains(saving.path()), new QuantizedCodec(2))
                .build());
        assertThat(GradientComparison.of(alone, exact).total()).isEqualTo(worst.difference());
        assertThat(bisect.findings().stream().map(each -> -each.difference().distance()))
                .isSorted();
        assertThat(LossyBisect.run(this::step, policy, 0).toString()).isEqualTo(bisect.toString());
        assertThat(bisect.toString().lines().limit(3).toList())
                .element(0)
                .isEqualTo("relative error   cosine     packed alone");
        assertThat(bisect.toString().lines().skip(1).findFirst().orElseThrow()).endsWith("everything");
    }

    @Test
    void whatLosesNothingHasNoFindings() {
        LossyBisect bisect = LossyBisect.run(this::step, SavedTensorPolicy.keep());
        assertThat(bisect.findings()).isEqualTo(List.of());
        assertThat(bisect.all().total().distance()).isZero();
    }
}
