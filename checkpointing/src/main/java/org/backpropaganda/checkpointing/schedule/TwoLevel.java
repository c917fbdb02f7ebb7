package org.backpropaganda.checkpointing.schedule;

/**
 * The first forward writes every {@code period}-th state to a file; each period is reversed by {@link Revolve} with the slots
 * in memory, which count the state that the period begins with. A state in the file is read once. The last period needs no
 * file: it is in hands when the forward arrives.
 *
 * <p>Source: Pringle et al. 2016, "Providing the ARCHER Community with Adjoint Modelling Tools for High-Performance
 * Oceanographic and Cryospheric Computation".
 *
 * <p>Deviations: there, the state of a period is read from the file again instead of taking a slot in memory.
 *
 * @param steps of the chain
 * @param slots in memory
 * @param period in steps
 */
public record TwoLevel(int steps, int slots, int period) implements Schedule {
    /** Checks that there is a step, a slot and a period. */
    public TwoLevel {
        Steps.check(steps);
        Steps.checkSlots(slots, steps);
        if (period < 1) {
            throw new IllegalArgumentException("period " + period + " is below 1");
        }
    }

    @Override
    public String name() {
        return "two-level=" + slots + "/" + period;
    }

    @Override
    public Course begin() {
        return course(this, steps, slots, period);
    }

    static Course course(Schedule schedule, int steps, int slots, int period) {
        return new StackCourse(
                schedule,
                steps,
                (length, kept, ram, file) -> length > period
                        ? Split.restart(Storage.FILE, period)
                        : Split.restart(Storage.RAM, Binomial.advance(length, slots - ram)));
    }
}
