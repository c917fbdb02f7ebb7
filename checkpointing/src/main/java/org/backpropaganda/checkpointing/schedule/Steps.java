package org.backpropaganda.checkpointing.schedule;

/** The lengths of chains. */
final class Steps {
    static final int MOST = Schedule.MOST_STEPS;

    /** A few seconds of additions and comparisons. */
    private static final long MOST_SPLITS = 2_000_000_000L;

    private Steps() {}

    static int check(int steps) {
        if (steps < 1 || steps > MOST) {
            throw new IllegalArgumentException("steps " + steps + " is not within 1 and " + MOST);
        }
        return steps;
    }

    /** One step needs no slot: its state is in hands. */
    static int checkSlots(int slots, int steps) {
        return checkSlots(slots, 0, steps);
    }

    /** Of memory and of a file: how many there are in all. */
    static int checkSlots(int slots, int fileSlots, int steps) {
        check("slots", slots);
        check("file slots", fileSlots);
        if (slots + fileSlots < Math.min(1, steps - 1)) {
            throw new IllegalArgumentException(
                    "slots " + slots + " is below 1; the state in front of the first step takes one");
        }
        return slots + fileSlots;
    }

    /** A dynamic program over all splits of all lengths, for each number of slots. */
    static void checkTable(String schedule, int steps, int rows) {
        long splits = (long) steps * steps / 2 * rows;
        if (splits > MOST_SPLITS) {
            throw new IllegalArgumentException(
                    schedule + " would compare " + splits + " splits of " + steps + " steps, more than " + MOST_SPLITS
                            + "; choose fewer steps or slots, or a schedule in closed form");
        }
    }

    private static void check(String what, int slots) {
        if (slots < 0 || slots > MOST) {
            throw new IllegalArgumentException(what + " " + slots + " is not within 0 and " + MOST);
        }
    }
}
