package org.backpropaganda.experiments.page;

import java.util.List;

/**
 * Live bytes by kind over one step, a chart for each strategy, all zoomed together and of one height.
 *
 * @param title what they show
 * @param kinds from the bottom to the top
 * @param stacks a chart each
 */
public record Stacks(String title, List<String> kinds, List<Stack> stacks) implements Block {

    /**
     * One chart.
     *
     * @param name of the strategy
     * @param peakBytes the highest sum of a point
     * @param events allocations and releases of the step
     * @param points the number of an event each, then the bytes of each kind
     */
    public record Stack(String name, long peakBytes, int events, List<List<Long>> points) {}
}
