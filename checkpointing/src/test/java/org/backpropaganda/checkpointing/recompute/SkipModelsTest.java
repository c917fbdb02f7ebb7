package org.backpropaganda.checkpointing.recompute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models that are no chains, in a fraction of the bytes of plain backpropagation. */
class SkipModelsTest {
    /**
     * A model.
     *
     * @param percent of plain's peak; products in double take a scratch that cannot be evicted
     */
    private record Case(String name, int percent, EvictionRun.Setup setup) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "U-Net, float",
                        40,
                        new EvictionRun.Setup(
                                Shape.of(4, 32, 32, 3), DType.FLOAT, 2, f -> SkipModels.unet(f, 8, 3, 5))),
                new Case(
                        "U-Net, double",
                        85,
                        new EvictionRun.Setup(
                                Shape.of(4, 16, 16, 3), DType.DOUBLE, 2, f -> SkipModels.unet(f, 4, 2, 5))),
                new Case(
                        "dense, float",
                        40,
                        new EvictionRun.Setup(
                                Shape.of(4, 16, 16, 3), DType.FLOAT, 2, f -> SkipModels.dense(f, 6, 12))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aPartOfPlainsPeakGivesTheSameBits(Case model) {
        EvictionRun plain = model.setup().plain();
        long budget = plain.peakBytes() * model.percent() / 100;
        EvictionRun run = model.setup().within(budget);
        assertThat(run.values().keySet()).isEqualTo(plain.values().keySet());
        plain.values()
                .forEach((name, values) ->
                        assertThat(run.values().get(name)).as(name).containsExactly(values));
        assertThat(run.peakBytes()).isLessThanOrEqualTo(budget);
        assertThat(run.activationBytes()).isZero();
        assertThat(run.report().evictions()).isPositive();
        assertThat(run.report().recomputedMultiplyAdds()).isPositive();
        EvictionRun predicted = model.setup().predicted(budget);
        assertThat(predicted.report()).as("as shapes tell").isEqualTo(run.report());
        assertThat(predicted.peakBytes()).isEqualTo(run.peakBytes());
        assertThat(model.setup().within(budget).report()).as("another time").isEqualTo(run.report());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void lessThanIsPossibleIsRefusedWithTheLargestHolders(Case model) {
        long budget = model.setup().plain().peakBytes() * model.percent() / 200;
        assertThatExceptionOfType(MemoryBudgetException.class)
                .isThrownBy(() -> model.setup().within(budget))
                .withMessageStartingWith("memory budget of " + budget + " bytes: ")
                .withMessageMatching(
                        ".* shrink the largest holders: ([A-Z]+ \"[a-z0-9.]*\" \\d+(, |; )){3,8}of saved tensors"
                                + " that can be computed again \\d+ of \\d+ bytes are in use and cannot be evicted, and \\d+ evictions"
                                + " have freed \\d+ bytes");
    }
}
