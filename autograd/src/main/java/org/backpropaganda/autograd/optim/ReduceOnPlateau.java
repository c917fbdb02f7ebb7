package org.backpropaganda.autograd.optim;

/**
 * A factor on the learning rate that falls when a metric stops improving: after more than {@code patience} observations
 * in a row that are no better than the best so far. Unlike a {@link LearningRateSchedule} it depends on what it saw; the
 * product of both is a factor too:
 *
 * <pre>{@code
 * plateau.observe(validationLoss);
 * optimizer.setLearningRate(base * schedule.multiplier(step) * plateau.multiplier());
 * }</pre>
 *
 * Source: PyTorch's {@code ReduceLROnPlateau}. Deviations: a relative threshold is a share of the best metric's magnitude, so
 * that negative metrics work too; a fall is made however small it is.
 */
public final class ReduceOnPlateau {
    private final boolean higherIsBetter;
    private final double factor;
    private final long patience;
    private final double relative;
    private final double absolute;
    private final long cooldown;
    private final double minimum;
    private double best = Double.POSITIVE_INFINITY;
    private double multiplier = 1;
    private long bad;
    private long cooling;

    private ReduceOnPlateau(Builder choices) {
        higherIsBetter = choices.higherIsBetter;
        factor = choices.factor;
        patience = choices.patience;
        relative = choices.relative;
        absolute = choices.absolute;
        cooldown = choices.cooldown;
        minimum = choices.minimum;
    }

    /** Choices, by default: lower is better, factor 0.1, patience 10, threshold 1e-4 of the best, no cooldown. */
    public static Builder builder() {
        return new Builder();
    }

    /** Configures {@link ReduceOnPlateau}. */
    public static final class Builder {
        private boolean higherIsBetter;
        private double factor = 0.1;
        private long patience = 10;
        private double relative = 1e-4;
        private double absolute;
        private long cooldown;
        private double minimum;

        private Builder() {}

        /** The metric is one that grows, as accuracy. */
        public Builder higherIsBetter() {
            higherIsBetter = true;
            return this;
        }

        /** What each fall multiplies by, within [0, 1). */
        public Builder factor(double value) {
            factor = Hyperparameters.belowOne("plateau: factor", value);
            return this;
        }

        /** How many bad observations in a row are borne. */
        public Builder patience(long observations) {
            patience = notNegative("patience", observations);
            return this;
        }

        /** Better is what beats the best by more than this share of it. */
        public Builder relativeThreshold(double value) {
            relative = Hyperparameters.notNegative("plateau: relative threshold", value);
            absolute = 0;
            return this;
        }

        /** Better is what beats the best by more than this. */
        public Builder absoluteThreshold(double value) {
            absolute = Hyperparameters.notNegative("plateau: absolute threshold", value);
            relative = 0;
            return this;
        }

        /** For how many observations after a fall none counts as bad. */
        public Builder cooldown(long observations) {
            cooldown = notNegative("cooldown", observations);
            return this;
        }

        /** What the factor does not fall below, within [0, 1]. */
        public Builder minimum(double value) {
            minimum = Hyperparameters.share("plateau: minimum", value);
            return this;
        }

        private static long notNegative(String name, long value) {
            if (value < 0) {
                throw new IllegalArgumentException("plateau: " + name + " " + value + " is negative");
            }
            return value;
        }

        /** One that has seen nothing. */
        public ReduceOnPlateau build() {
            return new ReduceOnPlateau(this);
        }
    }

    /**
     * What it has seen.
     *
     * @param best of the metrics, with its sign changed where higher is better; infinite before the first
     * @param multiplier on the learning rate, within [0, 1]
     * @param bad observations in a row
     * @param cooling observations for which none counts as bad
     */
    public record State(double best, double multiplier, long bad, long cooling) {
        /** Checks what no observations lead to. */
        public State {
            if (Double.isNaN(best)) {
                throw new IllegalArgumentException("plateau: the best metric is NaN");
            }
            Hyperparameters.share("plateau: multiplier", multiplier);
            Builder.notNegative("bad observations", bad);
            Builder.notNegative("cooldown", cooling);
        }
    }

    /** What it has seen so far. */
    public State state() {
        return new State(best, multiplier, bad, cooling);
    }

    /** Continues behind observations that were made elsewhere. */
    public void resume(State state) {
        best = state.best;
        multiplier = state.multiplier;
        bad = state.bad;
        cooling = state.cooling;
    }

    /** What to multiply the learning rate by; 1 at first. */
    public double multiplier() {
        return multiplier;
    }

    /**
     * Takes note of one metric, as after each epoch. NaN is never better.
     *
     * @return whether the multiplier fell
     */
    public boolean observe(double metric) {
        double value = higherIsBetter ? -metric : metric;
        if (isBetter(value)) {
            best = value;
            bad = 0;
        } else {
            bad++;
        }
        if (cooling > 0) {
            cooling--;
            bad = 0;
        }
        if (bad <= patience) {
            return false;
        }
        double before = multiplier;
        multiplier = Math.max(minimum, multiplier * factor);
        cooling = cooldown;
        bad = 0;
        return multiplier < before;
    }

    private boolean isBetter(double value) {
        return Double.isInfinite(best) ? value < best : value < best - (absolute + relative * Math.abs(best));
    }
}
