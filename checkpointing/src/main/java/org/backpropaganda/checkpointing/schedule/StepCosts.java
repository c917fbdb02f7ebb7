package org.backpropaganda.checkpointing.schedule;

import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * What a step and a state cost, in any one unit; memory costs nothing.
 *
 * @param write of one state to the file
 * @param read of one state from the file
 * @param forward of one step
 * @param backward of one step, its recording not included
 */
public record StepCosts(double write, double read, double forward, double backward) {
    /** A forward is one, a backward two, and the file as slow as five forwards. */
    public static final StepCosts USUAL = new StepCosts(5, 5, 1, 2);

    private static final double MOST = 1e12;

    /** Checks that all are numbers, and that a forward costs something. */
    public StepCosts {
        check("write cost", write);
        check("read cost", read);
        check("forward cost", forward);
        check("backward cost", backward);
        if (forward == 0) {
            throw new IllegalArgumentException("forward cost 0 is not above 0; nothing would be worth keeping");
        }
    }

    /** Time of a whole run, all of whose steps are reversed once. */
    public double of(ScheduleCosts costs, int steps) {
        return forward * costs.forwardSteps()
                + backward * steps
                + write
                        * costs.writes()
                                .getOrDefault(Storage.FILE, ScheduleCosts.Traffic.NONE)
                                .total()
                + read
                        * costs.reads()
                                .getOrDefault(Storage.FILE, ScheduleCosts.Traffic.NONE)
                                .total();
    }

    /** As names of schedules say it: nothing if they are the usual ones. */
    String suffix() {
        return equals(USUAL)
                ? ""
                : DoubleStream.of(write, read, forward, backward)
                        .mapToObj(cost ->
                                "/" + (cost == Math.rint(cost) ? String.valueOf((long) cost) : String.valueOf(cost)))
                        .collect(Collectors.joining());
    }

    private static void check(String what, double value) {
        if (!(value >= 0 && value <= MOST)) {
            throw new IllegalArgumentException(what + " " + value + " is not within 0 and " + MOST);
        }
    }
}
