package org.backpropaganda.checkpointing.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RevolveTest {
    private static final int MOST = 40;

    @ParameterizedTest
    @CsvSource({"10, 3, 15", "50, 3, 180", "50, 7, 105", "100, 5, 316", "100, 10, 222", "1000, 10, 3636"})
    void publishedNumbersOfStepsAreComputed(int steps, int slots, int extra) {
        assertThat(run(steps, slots).forwardSteps()).isEqualTo(steps + extra);
        assertThat(new Revolve(steps, slots).forwardSteps()).isEqualTo(steps + extra);
    }

    /** P(n, s) = min over i of i + P(i, s) + P(n − i, s − 1). */
    @Test
    void asFewStepsAsTheDynamicProgramOfEveryLengthAndNumberOfSlots() {
        long[][] extra = new long[MOST + 1][MOST + 1];
        for (int s = 1; s <= MOST; s++) {
            for (int n = 2; n <= MOST; n++) {
                extra[s][n] = n * (n - 1L) / 2;
                for (int i = 1; s > 1 && i < n; i++) {
                    extra[s][n] = Math.min(extra[s][n], i + extra[s][i] + extra[s - 1][n - i]);
                }
            }
            for (int n = 1; n <= MOST; n++) {
                ScheduleCosts costs = run(n, s);
                assertThat(costs.forwardSteps()).as("%d steps, %d slots", n, s).isEqualTo(n + extra[s][n]);
                assertThat(costs.peakSlots()).isEqualTo(Map.of(Storage.RAM, Math.min(s, n - 1), Storage.FILE, 0));
                assertThat(costs.mostOfOneStep()).isLessThanOrEqualTo(repetitions(n, s) + 1);
            }
        }
    }

    @Test
    void theFirstForwardKeepsTheFirstStateAndRecordsTheLastStep() {
        assertThat(actions(new Revolve(3, 2), 3))
                .containsExactly(
                        Action.Forward.restart(0, 1, Storage.RAM),
                        Action.Forward.restart(1, 2, Storage.RAM),
                        Action.Forward.record(2, 3),
                        new Action.EndForward(),
                        new Action.Reverse(3, 2),
                        new Action.Move(1, Storage.RAM, Storage.WORK, Data.RESTART),
                        Action.Forward.record(1, 2),
                        new Action.Reverse(2, 1),
                        new Action.Move(0, Storage.RAM, Storage.WORK, Data.RESTART),
                        Action.Forward.record(0, 1),
                        new Action.Reverse(1, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 100_000})
    void depthCostsNoStackAndNoTable(int steps) {
        assertThat(run(steps, 20).forwardSteps()).isEqualTo(new Revolve(steps, 20).forwardSteps());
    }

    @Test
    void aLengthOrNumberOfSlotsThatCannotBeIsRefused() {
        assertThatThrownBy(() -> new Revolve(0, 1)).hasMessage("steps 0 is not within 1 and 10000000");
        assertThatThrownBy(() -> new Revolve(2, 0))
                .hasMessage("slots 0 is below 1; the state in front of the first step takes one");
        assertThatThrownBy(() -> new Revolve(10, 3).begin().ended(9))
                .hasMessage("revolve=3 is made for 10 steps, and the chain ended behind 9");
    }

    private static int repetitions(int steps, int slots) {
        double reach = 1;
        int r = 0;
        while (reach < steps) {
            r++;
            reach = reach * (slots + r) / r;
        }
        return r;
    }

    private static ScheduleCosts run(int steps, int slots) {
        return ScheduleInterpreter.run(new Revolve(steps, slots), steps, Map.of(Storage.RAM, slots, Storage.FILE, 0));
    }

    private static List<Action> actions(Schedule schedule, int steps) {
        List<Action> actions = new ArrayList<>();
        ScheduleInterpreter.run(schedule, steps, Map.of(), actions::add);
        return actions;
    }
}
