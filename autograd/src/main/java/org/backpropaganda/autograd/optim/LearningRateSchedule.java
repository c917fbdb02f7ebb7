package org.backpropaganda.autograd.optim;

import java.util.Arrays;

/** What the base learning rate is multiplied by at each step. A pure function, so that a run can resume anywhere. */
@FunctionalInterface
public interface LearningRateSchedule {

    /**
     * The factor.
     *
     * @param step how many steps were made before, from 0
     */
    double multiplier(long step);

    /** Always 1. */
    static LearningRateSchedule constant() {
        return step -> 1;
    }

    /**
     * {@code 1 − step / totalSteps}: 1 at step 0, 0 at {@code totalSteps} and after.
     *
     * @throws IllegalArgumentException if {@code totalSteps} is below 1
     */
    static LearningRateSchedule linearDecay(long totalSteps) {
        Hyperparameters.atLeastOne("linear decay: total steps", totalSteps);
        return step -> Math.max(0, 1 - (double) step / totalSteps);
    }

    /**
     * {@code gammaⁿ}, n the number of milestones that were reached: the rate falls at once at each of them.
     *
     * @param milestones steps, ascending, from 1 on
     * @throws IllegalArgumentException if they are not, or {@code gamma} is negative or not finite
     */
    static LearningRateSchedule multiStep(double gamma, long... milestones) {
        Hyperparameters.notNegative("multi-step: gamma", gamma);
        long[] sorted = milestones.clone();
        for (int i = 0; i < sorted.length; i++) {
            if (sorted[i] <= (i == 0 ? 0 : sorted[i - 1])) {
                throw new IllegalArgumentException(
                        "multi-step: milestones " + Arrays.toString(sorted) + " do not ascend from 1 on");
            }
        }
        return step -> Math.pow(
                gamma, (double) Arrays.stream(sorted).filter(m -> m <= step).count());
    }

    /**
     * {@code (1 + cos(π step / totalSteps)) / 2}: 1 at step 0, 0 at {@code totalSteps} and after. Source: Loshchilov and
     * Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts", Eq. (5), without restarts.
     *
     * @throws IllegalArgumentException if {@code totalSteps} is below 1
     */
    static LearningRateSchedule cosine(long totalSteps) {
        return cosine(totalSteps, 0);
    }

    /**
     * {@code minimum + (1 − minimum) (1 + cos(π step / totalSteps)) / 2}: as {@link #cosine(long)}, but falling to a
     * minimum.
     *
     * @param minimum a share of the base learning rate, within [0, 1]
     * @throws IllegalArgumentException if it is not, or {@code totalSteps} is below 1
     */
    static LearningRateSchedule cosine(long totalSteps, double minimum) {
        Hyperparameters.atLeastOne("cosine: total steps", totalSteps);
        Hyperparameters.share("cosine: minimum", minimum);
        return step ->
                minimum + (1 - minimum) * ((1 + Math.cos(Math.PI * Math.min(step, totalSteps) / totalSteps)) / 2);
    }

    /** One cycle with a rise over 0.3 of the steps from 1 / 25, and a fall to 1 / 250000. */
    static LearningRateSchedule oneCycle(long totalSteps) {
        return oneCycle(totalSteps, 0.3, 25, 1e4);
    }

    /**
     * Rises from {@code 1 / initialDivisor} to 1, and falls to {@code 1 / (initialDivisor · finalDivisor)}, each along
     * half a cosine wave; the base learning rate is the largest. With t the total steps, the peak is at {@code rise · t −
     * 1}, the end at {@code t − 1}; after that it stays. Source: Smith and Topin 2018, "Super-Convergence: Very Fast
     * Training of Neural Networks Using Large Learning Rates", § 3. Deviations: those of PyTorch's default, two phases
     * and cosines; the momentum stays as it is.
     *
     * @param rise the share of the steps that the rise takes, within (0, 1)
     * @throws IllegalArgumentException if it is not, a divisor is below 1, or the rise takes no more than a step
     */
    static LearningRateSchedule oneCycle(long totalSteps, double rise, double initialDivisor, double finalDivisor) {
        return new OneCycle(totalSteps, rise, initialDivisor, finalDivisor);
    }

    /**
     * Rises linearly to this schedule's first value, over {@code steps} steps, and then follows it from its step 0 on.
     * The first step is {@code 1 / steps} of it, never 0.
     *
     * @throws IllegalArgumentException if {@code steps} is negative
     */
    default LearningRateSchedule afterWarmUp(long steps) {
        if (steps < 0) {
            throw new IllegalArgumentException("warm-up: " + steps + " steps is negative");
        }
        return step -> step < steps ? multiplier(0) * (step + 1) / steps : multiplier(step - steps);
    }
}
