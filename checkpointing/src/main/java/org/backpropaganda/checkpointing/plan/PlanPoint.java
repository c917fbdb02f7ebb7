package org.backpropaganda.checkpointing.plan;

import java.util.List;

/** One plan of a frontier: what it needs, how long it takes, its steps. */
public final class PlanPoint {
    private final ChainSearch search;
    private final long rawNeed;
    private final long need;
    private final long time;

    PlanPoint(ChainSearch search, long rawNeed, long need, long time) {
        this.search = search;
        this.rawNeed = rawNeed;
        this.need = need;
        this.time = time;
    }

    /** The most bytes that are live at any moment of the plan. */
    public long need() {
        return need;
    }

    /** Its time, in the unit of the chain's times. */
    public long time() {
        return time;
    }

    /**
     * Its steps, which cover the chain. They are found anew on each call, so that a frontier holds numbers alone; that takes a
     * fraction of the time that the frontier took.
     *
     * @throws IllegalStateException if the steps do not cost what the point says, which is an error of the planner
     */
    public List<PlanStep> plan() {
        List<PlanStep> plan = List.copyOf(search.plan(rawNeed));
        PlanCosts costs = PlanCosts.of(search.chain(), plan);
        if (costs.need() != need || costs.time() != time) {
            throw new IllegalStateException("planner: a plan of " + need + " bytes and time " + time + " is one of "
                    + costs.need() + " bytes and time " + costs.time());
        }
        return plan;
    }

    /** The need and the time. */
    @Override
    public String toString() {
        return need + " bytes, time " + time;
    }
}
