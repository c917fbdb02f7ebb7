package org.backpropaganda.checkpointing.schedule;

import java.util.Map;

/**
 * What a schedule costs on a chain, counted action by action.
 *
 * @param forwardSteps computed steps, recorded ones included
 * @param mostOfOneStep how often the step was computed that was computed most often
 * @param peakSlots by {@link Storage#RAM} and {@link Storage#FILE}, how many held data at once at most: one each for a step's
 *     restart and for its adjoint data
 * @param writes how often data was put into each of these
 * @param reads how often data was taken or copied from each of these
 */
public record ScheduleCosts(
        long forwardSteps,
        int mostOfOneStep,
        Map<Storage, Integer> peakSlots,
        Map<Storage, Traffic> writes,
        Map<Storage, Traffic> reads) {

    /** Copies the maps. */
    public ScheduleCosts {
        peakSlots = Map.copyOf(peakSlots);
        writes = Map.copyOf(writes);
        reads = Map.copyOf(reads);
    }

    /**
     * How often data passed.
     *
     * @param restart states in front of a step
     * @param adjoint what one step saved for its backward
     */
    public record Traffic(long restart, long adjoint) {
        /** None. */
        public static final Traffic NONE = new Traffic(0, 0);

        /** Both kinds. */
        public long total() {
            return restart + adjoint;
        }

        Traffic and(Data data) {
            return data == Data.RESTART ? new Traffic(restart + 1, adjoint) : new Traffic(restart, adjoint + 1);
        }
    }
}
