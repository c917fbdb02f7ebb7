package org.backpropaganda.checkpointing.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SegmentsTest {
    /** Of very many, some are passed over: never what decides whether anything is feasible. */
    @Test
    void theOneThatNeedsLeastIsAlwaysOffered() {
        Random random = new Random(3);
        int fewer = 0;
        for (int k = 0; k < 200; k++) {
            Segments segments = new Segments();
            for (int to = 1; to <= 100; to++) {
                segments.add(
                        to, curve(random), curve(random), random.nextInt(20), random.nextInt(400), random.nextInt(50));
            }
            Curve all = offered(segments);
            segments.chooseLike(curve(random), 7);
            Curve some = offered(segments);
            assertThat(some.need[0]).isEqualTo(all.need[0]);
            assertThat(some.time[some.size - 1]).isGreaterThanOrEqualTo(all.time[all.size - 1]);
            fewer += some.size < all.size ? 1 : 0;
        }
        assertThat(fewer).isPositive();
    }

    private static Curve offered(Segments segments) {
        Envelope envelope = new Envelope(new Thinning(1000));
        segments.offer(envelope, 0, 7);
        return envelope.take();
    }

    private static Curve curve(Random random) {
        int size = 1 + random.nextInt(40);
        long[] need = new long[size];
        long[] time = new long[size];
        long bytes = random.nextInt(300);
        long spent = 2000L + random.nextInt(100);
        for (int k = 0; k < size; k++) {
            need[k] = bytes;
            time[k] = spent;
            bytes += 1 + random.nextInt(30);
            spent -= 1 + random.nextInt(30);
        }
        return new Curve(size, need, time, new int[size]);
    }
}
