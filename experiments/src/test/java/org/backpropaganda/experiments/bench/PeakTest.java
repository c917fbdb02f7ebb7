package org.backpropaganda.experiments.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The highest bytes of a training step against what its parts add up to. Sizes are the benchmark's, batches smaller. */
class PeakTest {
    /** A layer's output or input, its gradient, and the gradient that the layer makes of it. */
    private static final int TENSORS_OF_A_LAYER = 3;

    @ParameterizedTest
    @CsvSource({
        "CHAIN, 32, 64, 8, 32, 3",
        "CHAIN, 8, 64, 8, 32, 3",
        "RESNET, 3, 16, 32, 32, 3",
        "MLP, 16, 512, 128, 28, 1"
    })
    void isWhatSavesParametersGradientsAndOneLayerAddUpTo(
            ModelSpec.Kind kind, int depth, int width, int batch, int side, int channels) {
        Workload workload = new Workload("peak", kind, depth, width, batch, side, channels);
        try (OwnTrainer trainer = new OwnTrainer(workload, Strategy.parse("plain"), DType.FLOAT, 2)) {
            trainer.step();
            trainer.resetPeaks();
            trainer.step();
            long widest = 4L * batch * (kind == ModelSpec.Kind.MLP ? width : (long) side * side * width);
            long stream = kind == ModelSpec.Kind.CHAIN ? widest / 2 : widest;
            long figure = TENSORS_OF_A_LAYER * stream;
            Map<MemoryKind, Long> peaks = trainer.peaksByKind();
            for (MemoryKind part : MemoryKind.values()) {
                if (part != MemoryKind.TEMPORARY && part != MemoryKind.SCRATCH) {
                    figure += peaks.getOrDefault(part, 0L);
                }
            }
            assertThat((double) trainer.peakBytes() / figure).isLessThanOrEqualTo(1.05);
            assertThat((double) trainer.reservedPeakBytes() / trainer.peakBytes())
                    .isLessThanOrEqualTo(1.1);
        }
    }
}
