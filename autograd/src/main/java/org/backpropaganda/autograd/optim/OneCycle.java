package org.backpropaganda.autograd.optim;

/** {@link LearningRateSchedule#oneCycle(long, double, double, double)}. */
record OneCycle(long totalSteps, double rise, double initialDivisor, double finalDivisor)
        implements LearningRateSchedule {

    OneCycle {
        Hyperparameters.atLeastOne("one-cycle: total steps", totalSteps);
        if (!(rise > 0 && rise < 1)) {
            throw new IllegalArgumentException("one-cycle: rise " + rise + " is not within (0, 1)");
        }
        if (!(rise * totalSteps > 1)) {
            throw new IllegalArgumentException("one-cycle: a rise over " + rise + " of " + totalSteps
                    + " steps is no more than a step; take more steps or a longer rise");
        }
        requireDivisor("initial", initialDivisor);
        requireDivisor("final", finalDivisor);
    }

    private static void requireDivisor(String which, double value) {
        if (!(value >= 1) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    "one-cycle: " + which + " divisor " + value + " must be finite and 1 or more");
        }
    }

    @Override
    public double multiplier(long step) {
        // The peak need not fall on a whole step, as in PyTorch.
        double peak = rise * totalSteps - 1;
        double last = totalSteps - 1;
        double first = 1 / initialDivisor;
        return step <= peak
                ? between(first, 1, step / peak)
                : between(1, first / finalDivisor, Math.min(1, (step - peak) / (last - peak)));
    }

    /** Half a cosine wave from one value to another. */
    private static double between(double start, double end, double progress) {
        return end + (start - end) * (1 + Math.cos(Math.PI * progress)) / 2;
    }
}
