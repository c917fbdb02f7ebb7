package org.backpropaganda.checkpointing.offload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ExtentsProperties {
    private static final long BLOCK = 8;

    private record Extent(long at, long bytes) {
        long end() {
            return at + (bytes + BLOCK - 1) / BLOCK * BLOCK;
        }
    }

    /** Takes where a step is positive, and gives back one that was taken where it is not. */
    @Property
    void nothingOverlapsAndNothingIsLost(@ForAll @Size(max = 60) List<@IntRange(min = -50, max = 50) Integer> steps) {
        Extents extents = new Extents(BLOCK);
        List<Extent> taken = new ArrayList<>();
        for (int step : steps) {
            if (step > 0) {
                long end = extents.endWith(step);
                Extent extent = new Extent(extents.allocate(step), step);
                assertThat(extent.end()).isEqualTo(end);
                assertThat(extent.at() % BLOCK).isZero();
                assertThat(taken).noneMatch(other -> other.at() < extent.end() && extent.at() < other.end());
                taken.add(extent);
            } else if (!taken.isEmpty()) {
                Extent extent = taken.remove(-step % taken.size());
                extents.release(extent.at(), extent.bytes());
            }
            long last = taken.stream().mapToLong(Extent::end).max().orElse(0);
            assertThat(extents.end()).isEqualTo(last);
            assertThat(extents.highestEnd()).isGreaterThanOrEqualTo(last);
        }
        taken.forEach(extent -> extents.release(extent.at(), extent.bytes()));
        assertThat(extents.end()).isZero();
        assertThat(extents.allocate(1000)).isZero();
    }

    @Example
    void theFirstGapThatFitsIsTaken() {
        Extents extents = new Extents(BLOCK);
        assertThat(extents.allocate(16)).isZero();
        assertThat(extents.allocate(1)).isEqualTo(16);
        assertThat(extents.allocate(16)).isEqualTo(24);
        assertThat(extents.allocate(8)).isEqualTo(40);
        extents.release(0, 16);
        extents.release(24, 16);
        assertThat(extents.allocate(17)).isEqualTo(48);
        assertThat(extents.allocate(9)).isZero();
        assertThat(extents.allocate(8)).isEqualTo(24);
        assertThat(extents.highestEnd()).isEqualTo(72);
    }
}
