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
    void cosineFallsToAMinimumAndStays() {
        double eighth = 0.2 + 0.8 * (2 + Math.sqrt(2)) / 4;
        assertMultipliers(LearningRateSchedule.cosine(4, 0.2), 1, eighth, 0.6, 1.2 - eighth, 0.2, 0.2, 0.2);
        assertMultipliers(LearningRateSchedule.cosine(4, 1), 1, 1, 1, 1, 1, 1);
    }

    @Test
    void multiStepFallsAtEachMilestone() {
        assertMultipliers(LearningRateSchedule.multiStep(0.5, 2, 3, 5), 1, 1, 0.5, 0.25, 0.25, 0.125, 0.125);
        assertMultipliers(LearningRateSchedule.multiStep(0.5), 1, 1);
        long[] milestones = {1};
        LearningRateSchedule schedule = LearningRateSchedule.multiStep(0.1, milestones);
        milestones[0] = 100;
        assertMultipliers(schedule, 1, 0.1, 0.1);
    }

    /** A rise over three steps and a fall over four. */
    @Test
    void oneCycleRisesAndFalls() {
        double end = 1e-3 / 25;
        double quarter = end + (1 - end) * (2 + Math.sqrt(2)) / 4;
        assertMultipliers(
                LearningRateSchedule.oneCycle(8, 0.5, 25, 1e3),
                0.04,
                0.28,
                0.76,
                1,
                quarter,
                (1 + end) / 2,
                1 + end - quarter,
                end,
                end,
                end);
    }

    /** With the default rise, a tenth step as the end: a rise over steps 0 to 2, sevenths of the fall after it. */
    @Test
    void oneCycleHasTheChoicesOfPyTorch() {
        LearningRateSchedule schedule = LearningRateSchedule.oneCycle(10);
        assertMultipliers(schedule, 0.04, 0.52, 1);
        for (int seventh = 0; seventh <= 7; seventh++) {
            double expected = 4e-6 + (1 - 4e-6) / 2 * (Math.cos(Math.PI * seventh / 7) + 1);
            assertThat(schedule.multiplier(2 + seventh)).isCloseTo(expected, within(1e-15));
        }
        assertThat(schedule.multiplier(1000)).isCloseTo(4e-6, within(1e-18));
    }

    /** The rise takes 1.5 steps, the fall 7.5. */
    @Test
    void oneCyclePeaksBetweenSteps() {
        assertMultipliers(
                LearningRateSchedule.oneCycle(10, 0.25, 25, 1), 0.04, 0.76, 0.52 + 0.48 * Math.cos(Math.PI / 15));
    }

    @Test
    void warmUpRisesThenFollows() {
        assertMultipliers(LearningRateSchedule.constant().afterWarmUp(4), 0.25, 0.5, 0.75, 1, 1, 1);
        assertMultipliers(LearningRateSchedule.linearDecay(2).afterWarmUp(2), 0.5, 1, 1, 0.5, 0, 0);
        assertMultipliers(LearningRateSchedule.linearDecay(2).afterWarmUp(0), 1, 0.5, 0);
        assertMultipliers(LearningRateSchedule.multiStep(0.1, 1).afterWarmUp(2), 0.5, 1, 1, 0.1, 0.1);
        assertMultipliers(LearningRateSchedule.cosine(2, 0.5).afterWarmUp(2), 0.5, 1, 1, 0.75, 0.5, 0.5);
    }

    @Test
    void refusesEmptySpans() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRateSchedule.linearDecay(0))
                .withMessage("linear decay: total steps 0 is below 1");
        assertThatIllegalArgumentException().isThrownBy(() -> LearningRateSchedule.cosine(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRateSchedule.constant().afterWarmUp(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRateSchedule.oneCycle(3))
                .withMessage("one-cycle: a rise over 0.3 of 3 steps is no more than a step; take more steps or a longer"
                        + " rise");
    }

    @Test
    void refusesBadShares() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRateSchedule.cosine(1, 1.5))
                .withMessage("cosine: minimum 1.5 is not within [0, 1]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRateSchedule.multiStep(-1, 2))
                .withMessage("multi-step: gamma -1.0 must be finite and 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRateSchedule.multiStep(0.1, 2, 2))
                .withMessage("multi-step: milestones [2, 2] do not ascend from 1 on");
        assertThatIllegalArgumentException().isThrownBy(() -> LearningRateSchedule.multiStep(0.1, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRateSchedule.oneCycle(10, 1, 25, 1e4))
                .withMessage("one-cycle: rise 1.0 is not within (0, 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRateSchedule.oneCycle(10, 0.3, 0.5, 1e4))
                .withMessage("one-cycle: initial divisor 0.5 must be finite and 1 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRateSchedule.oneCycle(10, 0.3, 25, Double.NaN))
                .withMessageContaining("final divisor");
    }

    private static void assertMultipliers(LearningRateSchedule schedule, double... expected) {
        for (int step = 0; step < expected.length; step++) {
            assertThat(schedule.multiplier(step)).as("step %d", step).isCloseTo(expected[step], within(1e-15));
        }
    }
}
