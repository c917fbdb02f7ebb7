package org.backpropaganda.experiments.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.coupling.CouplingKind;
import org.backpropaganda.experiments.coupling.CouplingKinds;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Reversal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DriftRunTest {
    private static DriftResult drift(
            String kind, int depth, int width, DType dtype, int every, @Nullable Double bound) {
        ModelSpec spec = new ModelSpec(
                "tanh",
                new ModelSpec.Size(depth, width),
                1,
                new ModelSpec.Images(8, 8, 3, 10),
                dtype,
                ModelSpec.LEAKY,
                new Reversal(kind, 0, every));
        return DriftRun.of(spec, 4, 1, 1, bound);
    }

    /**
     * Errors of chains of 64 units of tanh in FLOAT, within a factor of ten of a trial of the same kind that was made apart
     * from this library.
     */
    @ParameterizedTest
    @CsvSource({
        "additive, 10, 1e-6",
        "additive, 50, 5e-5",
        "additive, 200, 9e-3",
        "affine, 10, 6e-6",
        "affine, 50, 8.3",
        "affine, 200, 2e14",
        "momentum, 10, 3e-7",
        "momentum, 50, 3e-4",
        "momentum, 200, 5e3"
    })
    void streamsDriftAsInAnIndependentTrial(String kind, int depth, double error) {
        assertThat(drift(kind, depth, 64, DType.FLOAT, 0, null).free().streamError())
                .isBetween(error / 10, error * 10);
    }

    @Test
    void whatOverflowsIsToldByName() {
        DriftResult result = drift("affine", 700, 8, DType.FLOAT, 0, null);
        assertThat(result.free().failure()).contains("reversible in blocks").contains("overflowed");
        assertThat(result.free().gradientError()).isNull();
        assertThat(result.free().streamError()).isNotFinite();
        assertThat(DriftReport.table(List.of(result))).contains("fails").contains("overflow");
        assertThat(DriftReport.plot(List.of(result))).contains("█").contains("!");
    }

    @Test
    void anchorsHoldStreamsAndGradientsThatAreWorthNothingWithout() {
        DriftResult result = drift("affine", 100, 8, DType.FLOAT, 0, 1e-3);
        assertThat(result.free().gradientError()).isGreaterThan(1);
        DriftResult.Way held = result.bounded();
        assertThat(result.refusal()).isNull();
        assertThat(held).isNotNull();
        assertThat(held.gradientError()).isLessThanOrEqualTo(1e-3);
        assertThat(held.streamError()).isLessThanOrEqualTo(1e-3);
        assertThat(held.anchors()).isNotEmpty().hasSizeLessThan(50);
        long streams = 2L * 4 * 4 * Float.BYTES;
        assertThat(held.savedActivationBytes() - result.free().savedActivationBytes())
                .isEqualTo(held.anchors().size() * streams);
    }

    @Test
    void aBoundThatNothingHoldsIsRefused() {
        DriftResult result = drift("additive", 4, 8, DType.FLOAT, 0, 1e-12);
        assertThat(result.bounded()).isNull();
        assertThat(result.refusal()).contains("more than the bound");
    }

    @Test
    void anchorsThatAreAskedForBeginAnew() {
        DriftResult result = drift("affine", 40, 16, DType.FLOAT, 10, null);
        assertThat(result.free().anchors()).containsExactlyInAnyOrder(10, 20, 30);
        List<Double> errors = result.free().errors();
        for (int anchor : List.of(10, 20, 30)) {
            assertThat(errors.get(anchor - 1)).isLessThan(errors.get(anchor) / 3);
        }
    }

    static List<String> kinds() {
        List<String> names = new ArrayList<>();
        CouplingKinds.all().forEach(kind -> names.add(kind.name()));
        return names;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyKindIsShownAndExactOnesHaveNoError(String kind) {
        CouplingKind found = CouplingKinds.find(kind);
        DriftResult result = drift(kind, 6, 8, DType.FLOAT, 0, null);
        assertThat(result.coupling()).isEqualTo(kind);
        assertThat(result.couplings()).isEqualTo(6);
        assertThat(result.free().errors()).hasSize(6);
        assertThat(result.free().streamError() == 0).isEqualTo(found.isExact());
        assertThat(result.free().differingElements() == 0).isEqualTo(found.isExact());
        assertThat(result.free().gradientError()).isLessThan(1e-2);
    }
}
