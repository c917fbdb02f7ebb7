package org.backpropaganda.checkpointing.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BitAllocationTest {
    private static final GradientStep STEP =
            policy -> Steps.gradients(Steps::images, policy, DType.FLOAT, 2, 4, 8, 8, Steps.WIDTH);

    private static BitAllocation.Sensitivity of(String path, long elements, double variance) {
        return new BitAllocation.Sensitivity(Set.of(name(path)), elements, variance);
    }

    private static SavedName name(String path) {
        return new SavedName(path, "exp", "output");
    }

    /** Of two of equal size the one that matters less gives bits first; 8 and 4 are an average of 6, 8 and 2 of 5. */
    @Test
    void whatMattersLessGetsFewerBits() {
        List<BitAllocation.Sensitivity> two = List.of(of("a", 100, 1e9), of("b", 100, 1));
        Map<Double, List<Integer>> expected = new LinkedHashMap<>();
        expected.put(8.0, List.of(8, 8));
        expected.put(7.9, List.of(8, 4));
        expected.put(6.0, List.of(8, 4));
        expected.put(5.0, List.of(8, 2));
        expected.put(4.9, List.of(4, 2));
        expected.put(3.0, List.of(4, 2));
        expected.put(2.0, List.of(2, 2));
        expected.forEach((average, bits) -> assertThat(
                        List.copyOf(BitAllocation.allocate(two, average).bits().values()))
                .as("%s", average)
                .isEqualTo(bits));
    }

    /** Against all 3^n choices: cost Σ C 2^(−2 (b − 1)) under the average. Greedy is optimal up to the last step it takes. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theCostIsNearTheLeastPossible(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<BitAllocation.Sensitivity> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            all.add(of("" + i, 100, Math.exp(random.nextDouble(-6, 6))));
        }
        for (double average : new double[] {2.5, 3.25, 4, 5.5, 7}) {
            BitAllocation allocation = BitAllocation.allocate(all, average);
            double mean = allocation.bits().values().stream()
                    .mapToInt(bits -> bits)
                    .average()
                    .getAsDouble();
            assertThat(mean).isLessThanOrEqualTo(average);
            assertThat(cost(all, allocation)).isBetween(least(all, average), least(all, average - 0.5));
        }
    }

    private static double cost(List<BitAllocation.Sensitivity> all, BitAllocation allocation) {
        double cost = 0;
        for (BitAllocation.Sensitivity each : all) {
            int bits = allocation.bits(each.names().iterator().next()).getAsInt();
            cost += each.variance() * Math.pow(2, -2 * (bits - 1));
        }
        return cost;
    }

    private static double least(List<BitAllocation.Sensitivity> all, double average) {
        double most = average * all.size();
        double least = Double.POSITIVE_INFINITY;
        for (int code = 0; code < Math.pow(3, all.size()); code++) {
            double cost = 0;
            int bits = 0;
            int rest = code;
            for (BitAllocation.Sensitivity each : all) {
                int chosen = new int[] {2, 4, 8}[rest % 3];
                rest /= 3;
                bits += chosen;
                cost += each.variance() * Math.pow(2, -2 * (chosen - 1));
            }
            if (bits <= most) {
                least = Math.min(least, cost);
            }
        }
        return least;
    }

    @Test
    void anAverageBelowTheFewestBitsIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BitAllocation.allocate(List.of(of("a", 1, 1)), 1.5))
                .withMessage("bit allocation: an average of 1.5 bits is below the fewest that a tensor gets, 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BitAllocation.allocate(List.of(of("a", 1, 1)), Double.NaN));
    }

    @Test
    void measuresEveryTensorThatMayBePackedTheSameEachTime() {
        List<BitAllocation.Sensitivity> sensitivities = BitAllocation.sensitivities(STEP);
        assertThat(sensitivities).hasSize(6).allSatisfy(each -> {
            assertThat(each.elements()).isEqualTo(4 * 8 * 8 * Steps.WIDTH);
            assertThat(each.variance()).isPositive();
        });
        assertThat(sensitivities.stream().flatMap(each -> each.names().stream()))
                .contains(new SavedName("0", "conv2d", "input 0"), new SavedName("1", "batchnormrelu", "input 0"));
        assertThat(BitAllocation.sensitivities(STEP)).isEqualTo(sensitivities);
        BitAllocation allocation = BitAllocation.measure(STEP, 4);
        PackingReport report =
                new PackingReport(CompressPolicy.builder().bits(allocation).build());
        STEP.gradients(report);
        long bits = 0;
        long elements = 0;
        for (PackingReport.Row row : report.rows()) {
            if (!row.isExact()) {
                OptionalInt chosen = allocation.bits(row.name());
                assertThat(row.codec()).isEqualTo(chosen.getAsInt() + " bits");
                bits += chosen.getAsInt() * row.spec().shape().elements();
                elements += row.spec().shape().elements();
            }
        }
        assertThat((double) bits / elements).isLessThanOrEqualTo(4);
        assertThat(Set.copyOf(allocation.bits().values()))
                .as("not all the same")
                .hasSizeGreaterThan(1);
    }
}
