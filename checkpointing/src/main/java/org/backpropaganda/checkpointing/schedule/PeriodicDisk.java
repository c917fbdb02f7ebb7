package org.backpropaganda.checkpointing.schedule;

/**
 * {@link TwoLevel} with the period that costs least for this chain.
 *
 * <p>Source: Aupy and Herrmann 2017, "Periodicity in Optimal Hierarchical Checkpointing Schemes for Adjoint Computations".
 *
 * <p>Deviations: there, the period is the best one of chains without end; here all periods of this chain are tried.
 *
 * @param steps of the chain
 * @param slots in memory
 * @param costs of steps, and of states in the file
 */
public record PeriodicDisk(int steps, int slots, StepCosts costs) implements Schedule {
    /** Checks that there is a step and a slot. */
    public PeriodicDisk {
        Steps.check(steps);
        Steps.checkSlots(slots, steps);
    }

    @Override
    public String name() {
        return "periodic-disk=" + slots + costs.suffix();
    }

    /** Steps between two states in the file; that of the whole chain where the file is not worth its cost. */
    public int period() {
        int best = steps;
        double least = Double.POSITIVE_INFINITY;
        for (int period = steps; period >= 1; period--) {
            double cost = cost(period);
            if (cost < least) {
                least = cost;
                best = period;
            }
        }
        return best;
    }

    @Override
    public Course begin() {
        return TwoLevel.course(this, steps, slots, period());
    }

    /** Beyond what every schedule costs: one recording and one reversal of each step. */
    private double cost(int period) {
        int written = (steps - 1) / period;
        int last = steps - written * period;
        double states = written * (costs.write() + costs.read());
        double forwards = (double) written * period
                + (written == 0 ? 0 : written * (double) Binomial.extra(period, slots))
                + Binomial.extra(last, slots);
        return states + costs.forward() * forwards;
    }
}
