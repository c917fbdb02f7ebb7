package org.backpropaganda.checkpointing.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The plans of a chain that none beats in bytes and time at once, from the one of least need to the fastest.
 *
 * <pre>{@code
 * Frontier frontier = PlanSolver.defaults().solve(chain);
 * frontier.leastBytes();                                  // below that nothing is feasible
 * frontier.fastest(200L << 20).ifPresent(point -> point.plan().forEach(System.out::println));
 * }</pre>
 */
public final class Frontier {
    private final ChainSearch search;
    private final List<PlanPoint> points;
    private final int levels;
    private final boolean limited;

    /**
     * Of what was searched.
     *
     * @param levels how deeply replays were nested at most
     * @param limited whether a limit of levels aside left plans out before any was dropped
     */
    Frontier(ChainSearch search, int levels, boolean limited) {
        this.search = search;
        this.levels = levels;
        this.limited = limited;
        Curve raw = search.whole();
        Curve curve = raw.atLeast(search.chain().floor());
        List<PlanPoint> all = new ArrayList<>(curve.size);
        for (int k = 0; k < curve.size; k++) {
            all.add(new PlanPoint(search, raw.need[raw.size - curve.size + k], curve.need[k], curve.time[k]));
        }
        this.points = List.copyOf(all);
    }

    /** The plans: their needs rise and their times fall, strictly. There is at least one. */
    public List<PlanPoint> points() {
        return points;
    }

    /** The fastest plan within a budget; empty if there is none. */
    public Optional<PlanPoint> fastest(long budgetBytes) {
        int low = 0;
        int high = points.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (points.get(middle).need() <= budgetBytes) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? Optional.empty() : Optional.of(points.get(low - 1));
    }

    /** The least budget that there is a plan for. */
    public long leastBytes() {
        return points.get(0).need();
    }

    /**
     * The block that sets the least budget: the first whose step, in the plan of least need, needs as much as that. Empty if
     * the floor of the chain sets it, which is outside of all blocks.
     */
    public OptionalInt bindingBlock() {
        PlanCosts costs = PlanCosts.of(search.chain(), points.get(0).plan());
        return leastBytes() > search.whole().need[0] ? OptionalInt.empty() : OptionalInt.of(costs.block());
    }

    /** The {@linkplain #bindingBlock block that sets the least budget} by its name, or what is outside of all blocks. */
    public String bindingName() {
        OptionalInt block = bindingBlock();
        return block.isPresent()
                ? search.chain().blocks().get(block.getAsInt()).name()
                : "what the step takes outside of all blocks";
    }

    /** How deeply replays could be nested. */
    public int levels() {
        return levels;
    }

    /** How many points of curves were dropped to keep them short. Plans may be slower for it, never infeasible. */
    public long droppedPoints() {
        return search.dropped();
    }

    /** Whether it holds the best plans of its nesting levels: no segment was too long to be looked at, and no point dropped. */
    public boolean exact() {
        return !limited && droppedPoints() == 0;
    }
}
