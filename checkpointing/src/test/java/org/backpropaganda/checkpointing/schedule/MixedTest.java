package org.backpropaganda.checkpointing.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MixedTest {
    private static final int MOST = 40;

    @Test
    void noScheduleWhateverComputesFewerSteps() {
        for (int steps = 1; steps <= 8; steps++) {
            for (int slots = 1; slots <= 4; slots++) {
                assertThat(run(steps, slots).forwardSteps())
                        .as("%d steps, %d slots", steps, slots)
                        .isEqualTo(LeastCost.ofMixed(steps, slots));
            }
        }
    }

    @Test
    void asFewStepsAsThePublishedRecurrenceHas() {
        long[][] least = new long[MOST][MOST + 1];
        for (int s = 1; s < MOST; s++) {
            for (int n = 1; n <= MOST; n++) {
                if (n <= s + 1) {
                    least[s][n] = n;
                } else if (s == 1) {
                    least[s][n] = n * (n + 1L) / 2 - 1;
                } else {
                    least[s][n] = 1 + least[s - 1][n - 1];
                    for (int i = 2; i < n; i++) {
                        least[s][n] = Math.min(least[s][n], i + least[s][i] + least[s - 1][n - i]);
                    }
                }
                ScheduleCosts costs = run(n, s);
                assertThat(costs.forwardSteps()).as("%d steps, %d slots", n, s).isEqualTo(least[s][n]);
                assertThat(costs.forwardSteps()).isEqualTo(new Mixed(n, s).forwardSteps());
                assertThat(costs.forwardSteps()).isLessThanOrEqualTo(new Revolve(n, s).forwardSteps());
            }
        }
    }

    @Test
    void enoughSlotsComputeEachStepOnce() {
        ScheduleCosts costs = run(10, 9);
        assertThat(costs.forwardSteps()).isEqualTo(10);
        assertThat(costs.writes().get(Storage.RAM)).isEqualTo(new ScheduleCosts.Traffic(0, 9));
    }

    @Test
    void whatTheSearchCannotDoIsRefusedByName() {
        assertThatThrownBy(() -> new Mixed(100_000, 2))
                .hasMessageStartingWith("mixed would compare 10000000000 splits");
        assertThatThrownBy(() -> new Mixed(5, 0)).hasMessageContaining("slots 0 is below 1");
    }

    private static ScheduleCosts run(int steps, int slots) {
        return ScheduleInterpreter.run(new Mixed(steps, slots), steps, Map.of(Storage.RAM, slots, Storage.FILE, 0));
    }
}
