package org.backpropaganda.checkpointing.schedule;

import org.jspecify.annotations.Nullable;

/**
 * The cheapest schedule with some slots in memory and some in a file. States in the file divide the chain into stretches that
 * are reversed by {@link Revolve}, and are read again or not as costs have it.
 *
 * <p>Source: Herrmann and Pallez 2020, "H-Revolve: A Framework for Adjoint Computation on Synchronous Hierarchical Platforms",
 * with two levels of which memory is free of cost.
 *
 * <p>Cost: n²/2 comparisons for each slot in the file when made; 10,000 steps and 40 such slots are the most.
 */
public final class HRevolve implements Schedule {
    private final int steps;
    private final int slots;
    private final int fileSlots;
    private final StepCosts costs;
    private final DiskTable table;

    /**
     * Finds the cheapest splits.
     *
     * @param steps of the chain
     * @param slots in memory
     * @param fileSlots in the file
     * @param costs of steps, and of states in the file
     * @throws IllegalArgumentException if there are too many steps or slots for the search, by name
     */
    public HRevolve(int steps, int slots, int fileSlots, StepCosts costs) {
        this.steps = Steps.check(steps);
        this.slots = slots;
        this.fileSlots = fileSlots;
        this.costs = costs;
        Steps.checkSlots(slots, fileSlots, steps);
        this.table = DiskTable.limited("h-revolve", steps, slots, fileSlots, costs);
    }

    @Override
    public String name() {
        return "h-revolve=" + slots + "/" + fileSlots + costs.suffix();
    }

    @Override
    public Course begin() {
        return new StackCourse(this, steps, this::split);
    }

    private Split split(int length, @Nullable Storage kept, int ram, int file) {
        return table.split(length, kept, slots - ram, fileSlots - file, ram == 0);
    }
}
