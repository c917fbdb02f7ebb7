package org.backpropaganda.experiments.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes of a training step against a count by hand. Sizes are the benchmark's, batches smaller. */
class PeakTest {
    /** A layer's output or input, its gradient, and the gradient that the layer makes of it. */
    private static final int TENSORS_OF_A_LAYER = 3;

    private static final int FLOAT = 4;

    private static Stream<Arguments> workloads() {
        return Stream.of(
                Arguments.of(
                        new Workload("chain32", "chain", new ModelSpec.Size(32, 64), 8, 32, 3, Workload.Contest.USUAL),
                        BytesByHand.chain(32, 64, 8, 32, 3)),
                Arguments.of(
                        new Workload("chain8", "chain", new ModelSpec.Size(8, 64), 8, 32, 3, Workload.Contest.USUAL),
                        BytesByHand.chain(8, 64, 8, 32, 3)),
                Arguments.of(
                        new Workload(
                                "resnet20", "resnet", new ModelSpec.Size(3, 16), 32, 32, 3, Workload.Contest.USUAL),
                        BytesByHand.resnet(3, 16, 32, 32, 3)),
                Arguments.of(
                        new Workload(
                                "mlp16x512", "mlp", new ModelSpec.Size(16, 512), 128, 28, 1, Workload.Contest.USUAL),
                        BytesByHand.mlp(16, 512, 128, 28 * 28)));
    }

    @ParameterizedTest
    @MethodSource("workloads")
    void isWhatHasToBeHeldAndOneLayer(Workload workload, BytesByHand byHand) {
        try (OwnTrainer trainer = new OwnTrainer(workload, Strategy.parse("plain"), DType.FLOAT, 2)) {
            trainer.step();
            trainer.resetPeaks();
            trainer.step();
            long weights = FLOAT * byHand.weights();
            long batch = BytesByHand.batch(workload);
            Map<MemoryKind, Long> peaks = trainer.peaksByKind();
            assertThat(peaks)
                    .containsEntry(MemoryKind.PARAMETER, weights + FLOAT * byHand.statistics())
                    .containsEntry(MemoryKind.GRADIENT, weights)
                    .containsEntry(MemoryKind.OPTIMIZER, weights)
                    .containsEntry(MemoryKind.INPUT, batch);
            assertThat((double) peaks.get(MemoryKind.ACTIVATION) / byHand.saved())
                    .as("activations over what layers save")
                    .isBetween(1.0, 1.01);
            long held = 2 * weights + FLOAT * byHand.statistics() + batch + byHand.saved();
            assertThat(trainer.peakBytes()).isGreaterThanOrEqualTo(held);
            assertThat((double) trainer.peakBytes() / (held + weights + TENSORS_OF_A_LAYER * byHand.widest()))
                    .isLessThanOrEqualTo(1.05);
            assertThat((double) trainer.reservedPeakBytes() / trainer.peakBytes())
                    .isLessThanOrEqualTo(1.1);
        }
    }
}
