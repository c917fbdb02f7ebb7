package org.backpropaganda.checkpointing.schedule;

/** The lengths of chains. */
final class Steps {
    /** Costs a few bytes each to follow. */
    static final int MOST = 10_000_000;

    private Steps() {}

    static int check(int steps) {
        if (steps < 1 || steps > MOST) {
            throw new IllegalArgumentException("steps " + steps + " is not within 1 and " + MOST);
        }
        return steps;
    }

    /** One step needs no slot: its state is in hands. */
    static int checkSlots(int slots, int steps) {
        if (slots < Math.min(1, steps - 1)) {
            throw new IllegalArgumentException(
                    "slots " + slots + " is below 1; the state in front of the first step takes one");
        }
        return slots;
    }
}
