package org.backpropaganda.checkpointing.schedule;

/**
 * Binomial checkpointing: computes as few steps as can be with a number of slots in memory, and records one step at a time.
 * Slots count the initial state, which the first forward keeps in one. With {@code r} the least number for which {@code C(s +
 * r, s) ≥ n}, no step is computed more than {@code r + 1} times.
 *
 * <p>Source: Griewank and Walther 2000, "Algorithm 799: Revolve: An Implementation of Checkpointing for the Reverse or Adjoint
 * Mode of Computational Differentiation".
 *
 * <p>Cost: the next split comes from a closed form; {@code n} steps need no table.
 *
 * @param steps of the chain
 * @param slots in memory; none suffices for one step
 */
public record Revolve(int steps, int slots) implements Schedule {
    /** Checks that there is a step, and a slot for its state if there is another. */
    public Revolve {
        Steps.check(steps);
        Steps.checkSlots(slots, steps);
    }

    @Override
    public String name() {
        return "revolve=" + slots;
    }

    /** Computed steps, recorded ones included: {@code n + r·n − C(s + r, s + 1)}. */
    public long forwardSteps() {
        return steps + Binomial.extra(steps, slots);
    }

    @Override
    public Course begin() {
        return new StackCourse(
                this,
                steps,
                (length, kept, ram, file) -> Split.restart(Storage.RAM, Binomial.advance(length, slots - ram)));
    }
}
