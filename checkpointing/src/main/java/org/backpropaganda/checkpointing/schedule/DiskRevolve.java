package org.backpropaganda.checkpointing.schedule;

import org.jspecify.annotations.Nullable;

/**
 * The cheapest schedule with some slots in memory and a file of any size: states in the file divide the chain into stretches
 * that are reversed by {@link Revolve}.
 *
 * <p>Source: Aupy, Herrmann, Hovland and Robert 2016, "Optimal Multistage Algorithm for Adjoint Computation".
 *
 * <p>Cost: n²/2 comparisons when made; about 60,000 steps are the most.
 */
public final class DiskRevolve implements Schedule {
    private final int steps;
    private final int slots;
    private final StepCosts costs;
    private final DiskTable table;

    /**
     * Finds the cheapest splits.
     *
     * @param steps of the chain
     * @param slots in memory
     * @param costs of steps, and of states in the file
     * @throws IllegalArgumentException if there are too many steps for the search, by name
     */
    public DiskRevolve(int steps, int slots, StepCosts costs) {
        this.steps = Steps.check(steps);
        this.slots = slots;
        this.costs = costs;
        Steps.checkSlots(slots, steps);
        this.table = DiskTable.unlimited("disk-revolve", steps, slots, costs);
    }

    @Override
    public String name() {
        return "disk-revolve=" + slots + costs.suffix();
    }

    @Override
    public Course begin() {
        return new StackCourse(this, steps, this::split);
    }

    private Split split(int length, @Nullable Storage kept, int ram, int file) {
        return table.split(length, kept, slots - ram, Integer.MAX_VALUE, ram == 0);
    }
}
