package org.backpropaganda.checkpointing.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OnlineTest {

    /** The orders that Equinox's tests publish. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1 | 3 | 0,1,2,0,1,0
            1 | 5 | 0,1,2,3,4,0,1,2,3,0,1,2,0,1,0
            2 | 5 | 3,4,3,0,1,2,1,0
            2 | 8 | 7,0,1,2,3,4,5,6,3,4,5,3,4,3,0,1,2,1,0
            3 | 11 | 10,4,5,6,7,8,9,7,8,7,4,5,6,5,4,0,1,2,3,2,1,0
            9 | 5 | 4,3,2,1,0
            4 | 4 | 3,2,1,0
            4 | 5 | 3,4,3,2,1,0
            4 | 6 | 5,2,3,4,3,2,1,0
            4 | 7 | 6,5,2,3,4,3,2,0,1,0
            4 | 8 | 7,6,5,0,1,2,3,4,3,2,1,0
            4 | 9 | 7,8,7,6,5,0,1,2,3,4,3,2,1,0
            4 | 10 | 9,6,7,8,7,6,5,0,1,2,3,4,3,2,1,0
            4 | 14 | 12,13,12,9,10,11,10,9,5,6,7,8,7,6,5,0,1,2,3,4,3,2,1,0
            """)
    void backwardComputesInTheOrderThatIsPublished(int slots, int steps, String order) {
        List<Integer> computed = new ArrayList<>();
        run(slots, steps, action -> {
            if (action instanceof Action.Forward forward) {
                IntStream.range(forward.from(), forward.to()).forEach(computed::add);
            }
        });
        assertThat(computed.subList(0, steps))
                .isEqualTo(IntStream.range(0, steps).boxed().toList());
        assertThat(computed.subList(steps, computed.size()).stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(",")))
                .isEqualTo(order);
    }

    @Test
    void aThousandStepsWithThirteenSlotsAreComputedFiveTimesAtMost() {
        ScheduleCosts costs = run(13, 1000, action -> {});
        assertThat(costs.mostOfOneStep()).isLessThanOrEqualTo(5);
        assertThat(new Revolve(1000, 13).forwardSteps()).isEqualTo(4320);
        assertThat(costs.forwardSteps()).isBetween(4320L, 4320L * 108 / 100);
    }

    /**
     * As often as offline for one step more, since the last step is computed before the end shows; once more where levels take
     * over, as the published order of 8 steps with 2 slots has it.
     */
    @Test
    void noStepIsComputedMuchMoreOftenThanOffline() {
        for (int slots = 1; slots <= 13; slots++) {
            int turns = (slots + 1) * (slots + 2) / 2 - 1;
            for (int steps = 1; steps <= 250; steps++) {
                int repetitions = (int) Binomial.repetitions(steps + 1, slots);
                assertThat(run(slots, steps, action -> {}).mostOfOneStep())
                        .as("%d steps, %d slots", steps, slots)
                        .isLessThanOrEqualTo(repetitions + (steps <= turns ? 1 : 2));
            }
        }
    }

    @Test
    void anyLengthIsReversedWithinTheSlots() {
        for (int slots = 1; slots <= 12; slots++) {
            for (int steps = 1; steps <= 150; steps++) {
                ScheduleCosts costs = run(slots, steps, action -> {});
                assertThat(costs.peakSlots().get(Storage.RAM)).isEqualTo(Math.min(slots, steps));
            }
        }
    }

    @Test
    void theEndIsToldOnceAndWhereItIs() {
        Schedule.Course course = new Online(3).begin();
        assertThatThrownBy(() -> course.ended(0))
                .hasMessage("online=3: the chain ended behind 0 steps, and 0 are asked for so far");
        course.next();
        course.next();
        assertThatThrownBy(() -> course.ended(3))
                .hasMessage("online=3: the chain ended behind 3 steps, and 2 are asked for so far");
        course.ended(2);
        assertThatThrownBy(() -> course.ended(2)).hasMessage("online=3: the end is told a second time");
    }

    private static ScheduleCosts run(int slots, int steps, Consumer<Action> seen) {
        return ScheduleInterpreter.run(new Online(slots), steps, Map.of(Storage.RAM, slots, Storage.FILE, 0), seen);
    }
}
