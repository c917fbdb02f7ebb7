package org.backpropaganda.checkpointing.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlpaCodecTest {

    /** What convolutions read behind a norm with a ReLU in it, and behind a norm and a ReLU of its own; not the first one's input. */
    @Test
    void fitsWhatABatchNormMade() {
        PackingReport report = new PackingReport(BlpaCodec.policy(8));
        Steps.gradients(Steps::images, report, DType.FLOAT, 2, 4, 8, 8, Steps.WIDTH);
        List<SavedName> packed = report.rows().stream()
                .filter(row -> row.codec().equals("BLPA in 8 bits"))
                .map(PackingReport.Row::name)
                .toList();
        assertThat(packed)
                .containsExactly(new SavedName("2", "conv2d", "input 0"), new SavedName("5", "conv2d", "input 0"));
    }

    @ParameterizedTest
    @CsvSource({"8, FLOAT, 0.02", "8, DOUBLE, 0.02", "4, FLOAT, 0.2"})
    void gradientsAreNear(int bits, DType dtype, double error) {
        Map<String, double[]> exact =
                Steps.gradients(Steps::images, SavedTensorPolicy.keep(), dtype, 2, 4, 8, 8, Steps.WIDTH);
        Map<String, double[]> packed =
                Steps.gradients(Steps::images, BlpaCodec.policy(bits), dtype, 2, 4, 8, 8, Steps.WIDTH);
        assertThat(GradientComparison.of(packed, exact).total().relativeError()).isBetween(error / 100, error);
        assertThat(packed.get("0.weight")).as("its dw reads the input").isEqualTo(exact.get("0.weight"));
        assertThat(packed.get("2.weight")).isNotEqualTo(exact.get("2.weight"));
        assertThat(Steps.gradients(Steps::images, BlpaCodec.policy(bits), dtype, 2, 4, 8, 8, Steps.WIDTH)
                        .get("2.weight"))
                .as("no random number")
                .isEqualTo(packed.get("2.weight"));
    }

    @Test
    void whatNoBatchNormMadeIsRefusedByName() {
        SavedTensorPolicy policy =
                CompressPolicy.builder().op("conv2d", new BlpaCodec(8)).build();
        assertThatIllegalStateException()
                .isThrownBy(() -> Steps.gradients(Steps::images, policy, DType.FLOAT, 1, 4, 8, 8, Steps.WIDTH))
                .withMessage("conv2d in 0: input 0 FLOAT[4, 8, 8, 16] was made by no batch norm that tells its range by"
                        + " parameters, and BLPA in 8 bits takes no other; choose QuantizedCodec there");
    }
}
