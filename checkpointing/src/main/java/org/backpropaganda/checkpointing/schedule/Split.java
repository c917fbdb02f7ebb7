package org.backpropaganda.checkpointing.schedule;

import org.jspecify.annotations.Nullable;

/**
 * What is done with a stretch of steps whose first state is in hands, before its end is reversed.
 *
 * @param store where the first state, or adjoint data of the first step, is kept in the meantime
 * @param data which of the two
 * @param advance over how many steps to run; one if adjoint data is kept
 */
record Split(Storage store, Data data, int advance) {

    /** Keeps the first state. */
    static Split restart(Storage store, int advance) {
        return new Split(store, Data.RESTART, advance);
    }

    /** The rule of a schedule: how a stretch is split depends on its length and on the slots that are taken. */
    @FunctionalInterface
    interface Rule {
        /**
         * The next split.
         *
         * @param length of the stretch, at least 2
         * @param kept where its first state lies already; null if in hands alone
         * @param ram slots in memory that hold data of other steps
         * @param file slots in the file that hold data of other steps
         */
        Split of(int length, @Nullable Storage kept, int ram, int file);
    }
}
