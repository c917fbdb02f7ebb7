package org.backpropaganda.checkpointing.schedule;

import org.jspecify.annotations.Nullable;

/**
 * Slots in memory that hold either the state in front of a step or what the step saves for its backward, both of which count
 * as one. A step whose adjoint data is kept is not computed again, and so fewer steps are computed than by {@link Revolve}.
 *
 * <p>With {@code n} steps and {@code s} slots, the least number of computed steps, recorded ones included, is {@code M(1, s) = 1}
 * and
 *
 * <pre>
 * M(n, s) = min(1 + M(n − 1, s − 1), min over i ≥ 2 of i + M(i, s) + M(n − i, s − 1))
 * </pre>
 *
 * <p>The first keeps adjoint data of a step, the second a state. Nothing else is recorded than the step that is reversed next.
 *
 * <p>Source: Maddison 2024, "Step-based Checkpointing with High-Level Algorithmic Differentiation", § 3.
 *
 * <p>Cost: n²/2 comparisons for each slot when made; 10,000 steps and 40 slots are the most.
 */
public final class Mixed implements Schedule {
    private final int steps;
    private final int slots;
    private final long forwardSteps;
    /** How far to run by slots and length; 0 where adjoint data is kept. */
    private final int[][] advance;

    /**
     * Finds the splits with the fewest computed steps.
     *
     * @param steps of the chain
     * @param slots in memory
     * @throws IllegalArgumentException if there are too many steps or slots for the search, by name
     */
    public Mixed(int steps, int slots) {
        this.steps = Steps.check(steps);
        this.slots = Steps.checkSlots(slots, steps);
        int useful = Math.min(slots, steps - 1);
        Steps.checkTable("mixed", steps, useful);
        this.advance = new int[useful + 1][];
        long[] least = new long[steps + 1];
        for (int s = 1; s <= useful; s++) {
            advance[s] = new int[steps + 1];
            least = leastSteps(s, least, advance[s]);
        }
        this.forwardSteps = steps == 1 ? 1 : least[steps];
    }

    @Override
    public String name() {
        return "mixed=" + slots;
    }

    /** Computed steps, recorded ones included. */
    public long forwardSteps() {
        return forwardSteps;
    }

    @Override
    public Course begin() {
        return new StackCourse(this, steps, this::split);
    }

    private Split split(int length, @Nullable Storage kept, int ram, int file) {
        int to = advance[Math.min(slots - ram, advance.length - 1)][length];
        return to == 0 ? new Split(Storage.RAM, Data.ADJOINT, 1) : Split.restart(Storage.RAM, to);
    }

    /** With one slot more than {@code below}; without a slot, one step can be reversed and no more. */
    private static long[] leastSteps(int slots, long[] below, int[] advance) {
        int steps = advance.length - 1;
        long[] least = new long[steps + 1];
        least[1] = 1;
        for (int n = 2; n <= steps; n++) {
            if (slots == 1 && n > 2) {
                least[n] = (n - 1) + least[n - 1] + 1;
                advance[n] = n - 1;
                continue;
            }
            least[n] = 1 + (n == 2 ? 1 : below[n - 1]);
            for (int i = 2; slots > 1 && i < n; i++) {
                long computed = i + least[i] + below[n - i];
                if (computed < least[n]) {
                    least[n] = computed;
                    advance[n] = i;
                }
            }
        }
        return least;
    }
}
