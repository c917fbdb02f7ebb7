package org.backpropaganda.checkpointing.plan;

/**
 * The first step of a range's plan in an {@code int}: its kind in the two upper bits, its option or its length below. Equal ranges have the
 * same, wherever they lie.
 */
final class Choice {
    static final int NONE = -1;
    /** The most that an option or a length may be. */
    static final int MOST = (1 << 29) - 1;

    private static final int REVERSE = 1 << 29;
    private static final int REPLAY = 1 << 30;

    private Choice() {}

    static int save(int option) {
        return option;
    }

    static int reverse(int length) {
        return REVERSE | length;
    }

    static int replay(int length) {
        return REPLAY | length;
    }

    static boolean isReverse(int choice) {
        return (choice & REVERSE) != 0;
    }

    static boolean isReplay(int choice) {
        return (choice & REPLAY) != 0;
    }

    /** The option, or the number of blocks. */
    static int value(int choice) {
        return choice & MOST;
    }
}
