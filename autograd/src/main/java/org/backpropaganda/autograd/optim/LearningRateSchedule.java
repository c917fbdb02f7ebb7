package org.backpropaganda.autograd.optim;

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
     * {@code (1 + cos(π step / totalSteps)) / 2}: 1 at step 0, 0 at {@code totalSteps} and after. Source: Loshchilov and
     * Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts", Eq. (5), without restarts.
     *
     * @throws IllegalArgumentException if {@code totalSteps} is below 1
     */
    static LearningRateSchedule cosine(long totalSteps) {
        Hyperparameters.atLeastOne("cosine: total steps", totalSteps);
        return step -> (1 + Math.cos(Math.PI * Math.min(step, totalSteps) / totalSteps)) / 2;
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
