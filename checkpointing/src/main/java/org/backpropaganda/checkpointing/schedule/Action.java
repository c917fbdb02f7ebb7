package org.backpropaganda.checkpointing.schedule;

/**
 * One thing that a {@link Schedule} has done. Steps are numbered from 0; the state in front of step {@code i} is what steps
 * {@code 0 … i − 1} make of the first input. At any time one state is in hands, in {@link Storage#WORK}: forward runs begin
 * there.
 *
 * <p>The vocabulary is that of Herrmann and Pallez 2020, "H-Revolve: A Framework for Adjoint Computation on Synchronous
 * Hierarchical Platforms", and of mixed checkpoints, which hold restart or adjoint data (Maddison 2024, "Step-based
 * checkpointing with high-level algorithmic differentiation").
 */
public sealed interface Action {

    /**
     * Computes steps {@code from … to − 1} from the state in hands, which is that in front of step {@code from}; then that in
     * front of step {@code to} is in hands.
     *
     * @param from the first step
     * @param to the step behind the last
     * @param writeRestart whether the state in front of {@code from} is kept in {@code storage}
     * @param writeAdjoint whether adjoint data of each of the steps is kept in {@code storage}: then the steps are recorded
     * @param storage where to; {@link Storage#NONE} where nothing is kept. Adjoint data in {@link Storage#WORK} is ready to
     *     be reversed
     */
    record Forward(int from, int to, boolean writeRestart, boolean writeAdjoint, Storage storage) implements Action {
        /** Checks that there is a step, and a place exactly if something is kept. */
        public Forward {
            if (from < 0 || to <= from) {
                throw new IllegalArgumentException(
                        "forward from " + from + " to " + to + ": give 0 ≤ from < to, and step to is not computed");
            }
            if ((writeRestart || writeAdjoint) == (storage == Storage.NONE)) {
                throw new IllegalArgumentException("forward from " + from + " to " + to + ": writes "
                        + (writeRestart || writeAdjoint ? "data to NONE" : "nothing to " + storage));
            }
        }

        /** Keeps nothing. */
        public static Forward advance(int from, int to) {
            return new Forward(from, to, false, false, Storage.NONE);
        }

        /** Keeps the state in front of the first step. */
        public static Forward restart(int from, int to, Storage storage) {
            return new Forward(from, to, true, false, storage);
        }

        /** Records the steps, to be reversed. */
        public static Forward record(int from, int to) {
            return new Forward(from, to, false, true, Storage.WORK);
        }

        /** How many steps are computed. */
        public int steps() {
            return to - from;
        }
    }

    /** All steps are computed: the state in hands is the result, and gradients begin at it. Once, behind the last first run. */
    record EndForward() implements Action {}

    /**
     * Differentiates steps {@code from − 1 … to}, in this order, by their adjoint data in {@link Storage#WORK}, which is used
     * up.
     *
     * @param from the step behind the first that is reversed: all steps from here on are reversed already
     * @param to the last that is reversed
     */
    record Reverse(int from, int to) implements Action {
        /** Checks that there is a step. */
        public Reverse {
            if (to < 0 || from <= to) {
                throw new IllegalArgumentException("reverse from " + from + " to " + to + ": give from > to ≥ 0");
            }
        }
    }

    /**
     * Puts data of a step in another place too.
     *
     * @param step whose data it is
     * @param from where it lies, and stays
     * @param to {@link Storage#WORK} where it is to be computed with
     */
    record Copy(int step, Storage from, Storage to, Data data) implements Action {}

    /**
     * Puts data of a step in another place.
     *
     * @param step whose data it is
     * @param from where it lies, and lies no more
     * @param to {@link Storage#WORK} where it is to be computed with
     */
    record Move(int step, Storage from, Storage to, Data data) implements Action {}

    /** Lets data of a step go, which nothing needs any more. */
    record Free(int step, Storage storage, Data data) implements Action {}
}
