package org.backpropaganda.checkpointing.schedule;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The least cost of any schedule whatever, by Dijkstra's search over everything that can be in hands, kept and reversed: free of
 * recurrences, and so slow that a few steps are all it can do. Reversals cost nothing.
 */
final class LeastCost {
    private static final int NOTHING = 15;

    private final int steps;
    private final int ram;
    private final int file;
    private final boolean mixed;
    private final StepCosts costs;
    private final Map<Long, Double> least = new HashMap<>();
    private final PriorityQueue<Reached> queue = new PriorityQueue<>(Comparator.comparingDouble(Reached::cost));

    private record Reached(long state, double cost) {}

    private LeastCost(int steps, int ram, int file, boolean mixed, StepCosts costs) {
        this.steps = steps;
        this.ram = ram;
        this.file = file;
        this.mixed = mixed;
        this.costs = costs;
    }

    /** Of states in memory and in a file. */
    static double of(int steps, int ram, int file, StepCosts costs) {
        return new LeastCost(steps, ram, file, false, costs).search();
    }

    /** Of states and adjoint data in memory, in computed steps. */
    static long ofMixed(int steps, int slots) {
        return (long) new LeastCost(steps, slots, 0, true, new StepCosts(0, 0, 1, 0)).search();
    }

    private double search() {
        reach(0, steps, 0, 0, 0, 0);
        while (true) {
            Reached next = queue.remove();
            if (next.cost > least.get(next.state)) {
                continue;
            }
            int hands = (int) (next.state & 15);
            int reversed = (int) ((next.state >> 4) & 15);
            if (reversed == 0) {
                return next.cost;
            }
            int inRam = (int) ((next.state >> 8) & 0xfff);
            int inFile = (int) ((next.state >> 20) & 0xfff);
            int adjoint = (int) ((next.state >> 32) & 0xfff);
            go(hands, reversed, inRam, inFile, adjoint, next.cost);
        }
    }

    private void go(int hands, int reversed, int inRam, int inFile, int adjoint, double cost) {
        boolean room = Integer.bitCount(inRam) + Integer.bitCount(adjoint) < ram;
        if (hands != NOTHING) {
            if (hands == reversed - 1) {
                reach(NOTHING, reversed - 1, inRam, inFile, adjoint, cost + costs.forward());
            } else {
                reach(hands + 1, reversed, inRam, inFile, adjoint, cost + costs.forward());
                if (mixed && room) {
                    reach(hands + 1, reversed, inRam, inFile, adjoint | (1 << hands), cost + costs.forward());
                }
            }
            if (room) {
                reach(hands, reversed, inRam | (1 << hands), inFile, adjoint, cost);
            }
            if (Integer.bitCount(inFile) < file) {
                reach(hands, reversed, inRam, inFile | (1 << hands), adjoint, cost + costs.write());
            }
            reach(NOTHING, reversed, inRam, inFile, adjoint, cost);
        }
        if (reversed < steps && ((adjoint >> (reversed - 1)) & 1) == 1) {
            reach(NOTHING, reversed - 1, inRam, inFile, adjoint & ~(1 << (reversed - 1)), cost);
        }
        for (int step = 0; step < reversed; step++) {
            int bit = 1 << step;
            if ((inRam & bit) != 0) {
                reach(hands, reversed, inRam & ~bit, inFile, adjoint, cost);
                if (hands == NOTHING) {
                    reach(step, reversed, inRam, inFile, adjoint, cost);
                }
            }
            if ((inFile & bit) != 0) {
                reach(hands, reversed, inRam, inFile & ~bit, adjoint, cost);
                if (hands == NOTHING) {
                    reach(step, reversed, inRam, inFile, adjoint, cost + costs.read());
                }
            }
        }
    }

    private void reach(int hands, int reversed, int inRam, int inFile, int adjoint, double cost) {
        int open = (1 << reversed) - 1;
        long state = hands
                | ((long) reversed << 4)
                | ((long) (inRam & open) << 8)
                | ((long) (inFile & open) << 20)
                | ((long) adjoint << 32);
        if (cost < least.getOrDefault(state, Double.POSITIVE_INFINITY)) {
            least.put(state, cost);
            queue.add(new Reached(state, cost));
        }
    }
}
