package org.backpropaganda.checkpointing.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SegmentsTest {

    @Test
    void theLastSegmentIsRecordedByTheFirstForward() {
        List<Action> expected = List.of(
                Action.Forward.restart(0, 3, Storage.RAM),
                Action.Forward.record(3, 5),
                new Action.EndForward(),
                new Action.Reverse(5, 3),
                new Action.Move(0, Storage.RAM, Storage.WORK, Data.RESTART),
                Action.Forward.record(0, 3),
                new Action.Reverse(3, 0));
        assertThat(actions(new EveryK(5, 3), 5)).isEqualTo(expected);
        assertThat(actions(new EveryK(5, Integer.MAX_VALUE), 5))
                .containsExactly(Action.Forward.record(0, 5), new Action.EndForward(), new Action.Reverse(5, 0));
    }

    @Test
    void eachStepOutsideTheLastSegmentIsComputedTwice() {
        for (int steps = 1; steps <= 120; steps++) {
            int count = (int) Math.ceil(Math.sqrt(steps));
            ScheduleCosts costs = ScheduleInterpreter.run(new SquareRoot(steps), steps, Map.of());
            assertThat(costs.forwardSteps()).isEqualTo(2L * steps - steps / count);
            assertThat(costs.peakSlots().get(Storage.RAM)).isEqualTo(count - 1);
            for (int every = 1; every <= steps; every++) {
                int last = steps - (steps - 1) / every * every;
                costs = ScheduleInterpreter.run(new EveryK(steps, every), steps, Map.of());
                assertThat(costs.forwardSteps()).isEqualTo(2L * steps - last);
                assertThat(costs.peakSlots().get(Storage.RAM)).isEqualTo((steps - 1) / every);
            }
        }
    }

    @Test
    void segmentsOfNothingAreRefused() {
        assertThatThrownBy(() -> new EveryK(5, 0)).hasMessage("every 0 is below 1");
        assertThatThrownBy(() -> new SquareRoot(0)).hasMessage("steps 0 is not within 1 and 10000000");
    }

    private static List<Action> actions(Schedule schedule, int steps) {
        List<Action> actions = new ArrayList<>();
        ScheduleInterpreter.run(schedule, steps, Map.of(), actions::add);
        return actions;
    }
}
