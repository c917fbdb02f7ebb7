package org.backpropaganda.checkpointing.schedule;

import org.jspecify.annotations.Nullable;

/**
 * What is done with a stretch of steps whose first state is in hands, before its end is reversed.
 *
 * @param store where the first state is kept in the meantime
 * @param advance over how many steps to run
 */
record Split(Storage store, int advance) {

    /** The rule of a schedule: how a stretch is split depends on its length and on the slots that are free. */
    @FunctionalInterface
    interface Rule {
        /**
         * The next split.
         *
         * @param length of the stretch, at least 2
         * @param kept where its first state lies already; null if in hands alone
         * @param ram slots that hold other states
         * @param file the same of the file
         */
        Split of(int length, @Nullable Storage kept, int ram, int file);
    }
}
