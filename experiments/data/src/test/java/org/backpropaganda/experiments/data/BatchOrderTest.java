package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BatchOrderTest {
    @Property
    void isAPermutationThatDependsOnItsArgumentsAlone(
            @ForAll long seed, @ForAll int epoch, @ForAll @IntRange(max = 500) int size) {
        int[] order = BatchOrder.indices(seed, epoch, size);
        assertThat(BatchOrder.indices(seed, epoch, size)).isEqualTo(order);
        Arrays.sort(order);
        assertThat(order).isEqualTo(IntStream.range(0, size).toArray());
    }

    @Property
    void differsBetweenEpochsAndSeeds(@ForAll long seed, @ForAll @IntRange(max = 1_000_000) int epoch) {
        int[] order = BatchOrder.indices(seed, epoch, 100);
        assertThat(BatchOrder.indices(seed, epoch + 1, 100)).isNotEqualTo(order);
        assertThat(BatchOrder.indices(seed + 1, epoch, 100)).isNotEqualTo(order);
    }

    @Test
    void isPinned() {
        assertThat(BatchOrder.indices(42, 0, 10)).containsExactly(8, 9, 2, 3, 4, 0, 5, 6, 7, 1);
    }

    @Test
    void everyPositionIsEquallyLikely() {
        int[][] counts = new int[5][5];
        for (int epoch = 0; epoch < 20_000; epoch++) {
            int[] order = BatchOrder.indices(1, epoch, 5);
            for (int i = 0; i < 5; i++) {
                counts[i][order[i]]++;
            }
        }
        // expected 4,000, standard deviation 57
        assertThat(Arrays.stream(counts).flatMapToInt(Arrays::stream).toArray())
                .satisfies(all ->
                        assertThat(Arrays.stream(all).min().orElseThrow()).isGreaterThan(3_700))
                .satisfies(all ->
                        assertThat(Arrays.stream(all).max().orElseThrow()).isLessThan(4_300));
    }

    @Test
    void refusesANegativeSize() {
        assertThatThrownBy(() -> BatchOrder.indices(0, 0, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }
}
