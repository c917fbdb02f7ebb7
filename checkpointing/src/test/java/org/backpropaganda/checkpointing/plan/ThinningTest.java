package org.backpropaganda.checkpointing.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ThinningTest {
    /** As its definition has it: one point after another, each the one whose loss is least of all that are left. */
    @Test
    void dropsWhatLosesLeast() {
        Random random = new Random(5);
        Thinning thinning = new Thinning(6);
        long dropped = 0;
        for (int k = 0; k < 500; k++) {
            int size = 2 + random.nextInt(30);
            long[] need = new long[size];
            long[] time = new long[size];
            int[] choice = IntStream.range(0, size).toArray();
            long bytes = 0;
            long spent = 1000;
            List<long[]> left = new ArrayList<>();
            for (int p = 0; p < size; p++) {
                need[p] = bytes += 1 + random.nextInt(9);
                time[p] = spent -= 1 + random.nextInt(9);
                left.add(new long[] {need[p], time[p], p});
            }
            while (left.size() > 6) {
                left.remove(least(left));
                dropped++;
            }
            int kept = thinning.thin(need, time, choice, size);
            assertThat(kept).isEqualTo(left.size());
            for (int p = 0; p < kept; p++) {
                assertThat(new long[] {need[p], time[p], choice[p]}).isEqualTo(left.get(p));
            }
        }
        assertThat(thinning.dropped()).isEqualTo(dropped);
    }

    private static int least(List<long[]> points) {
        int least = 1;
        long leastLoss = Long.MAX_VALUE;
        for (int p = 1; p < points.size() - 1; p++) {
            long loss = (points.get(p + 1)[0] - points.get(p)[0]) * (points.get(p - 1)[1] - points.get(p)[1]);
            if (loss < leastLoss) {
                leastLoss = loss;
                least = p;
            }
        }
        return least;
    }
}
