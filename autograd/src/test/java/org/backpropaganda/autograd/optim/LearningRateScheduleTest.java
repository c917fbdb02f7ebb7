package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {

    @Test
    void constantStaysOne() {
        assertMultipliers(LearningRateSchedule.constant(), 1, 1, 1);
    }

    @Test
    void linearFallsToZeroAndStays() {
        assertMultipliers(LearningRateSchedule.linearDecay(4), 1, 0.75, 0.5, 0.25, 0, 0, 0);
    }

    @Test
    void cosineFallsToZeroAndStays() {
        double eighth = (2 + Math.sqrt(2)) / 4;
        assertMultipliers(LearningRateSchedule.cosine(4), 1, eighth, 0.5, 1 - eighth, 0, 0, 0);
    }

    @Test
    void warmUpRisesThenFollows() {
        assertMultipliers(LearningRateSchedule.constant().afterWarmUp(4), 0.25, 0.5, 0.75, 1, 1, 1);
        assertMultipliers(LearningRateSchedule.linearDecay(2).afterWarmUp(2), 0.5, 1, 1, 0.5, 0, 0);
        assertMultipliers(LearningRateSchedule.linearDecay(2).afterWarmUp(0), 1, 0.5, 0);
    }

    @Test
    void refusesEmptySpans() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRateSchedule.linearDecay(0))
                .withMessage("linear decay: total steps 0 is below 1");
        assertThatIllegalArgumentException().isThrownBy(() -> LearningRateSchedule.cosine(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRateSchedule.constant().afterWarmUp(-1));
    }

    private static void assertMultipliers(LearningRateSchedule schedule, double... expected) {
        for (int step = 0; step < expected.length; step++) {
            assertThat(schedule.multiplier(step)).as("step %d", step).isCloseTo(expected[step], within(1e-15));
        }
    }
}
