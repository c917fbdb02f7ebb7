package org.backpropaganda.checkpointing.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MultistageTest {

    @Test
    void asFewStepsAsRevolveOverAllSlots() {
        for (int steps = 1; steps <= 40; steps++) {
            for (int slots = 0; slots <= 5; slots++) {
                for (int fileSlots = slots == 0 ? 1 : 0; fileSlots <= 5; fileSlots++) {
                    ScheduleCosts costs = run(steps, slots, fileSlots);
                    assertThat(costs.forwardSteps()).isEqualTo(new Revolve(steps, slots + fileSlots).forwardSteps());
                }
            }
        }
    }

    /** Any other choice of slots for memory reads and writes the file at least as often. */
    @Test
    void theFileIsUsedAsLittleAsCanBe() {
        for (int steps = 2; steps <= 30; steps++) {
            int all = Math.min(5, steps - 1);
            Map<Integer, Long> uses = uses(new Revolve(steps, all), steps);
            for (int slots = 0; slots <= all; slots++) {
                long least = uses.values().stream()
                        .sorted()
                        .limit(all - slots)
                        .mapToLong(Long::longValue)
                        .sum();
                ScheduleCosts costs = run(steps, slots, all - slots);
                assertThat(costs.reads().get(Storage.FILE).total()
                                + costs.writes().get(Storage.FILE).total())
                        .as("%d steps, %d of %d slots in memory", steps, slots, all)
                        .isEqualTo(least);
            }
        }
    }

    /** Reads and writes by how many states lie below on the stack. */
    private static Map<Integer, Long> uses(Schedule schedule, int steps) {
        Map<Integer, Long> uses = new HashMap<>();
        int[] height = {0};
        ScheduleInterpreter.run(schedule, steps, Map.of(), action -> {
            if (action instanceof Action.Forward forward && forward.writeRestart()) {
                uses.merge(height[0]++, 1L, Long::sum);
            } else if (action instanceof Action.Copy) {
                uses.merge(height[0] - 1, 1L, Long::sum);
            } else if (action instanceof Action.Move) {
                uses.merge(--height[0], 1L, Long::sum);
            }
        });
        return uses;
    }

    private static ScheduleCosts run(int steps, int slots, int fileSlots) {
        return ScheduleInterpreter.run(
                new Multistage(steps, slots, fileSlots), steps, Map.of(Storage.RAM, slots, Storage.FILE, fileSlots));
    }
}
