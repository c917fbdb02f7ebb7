package org.backpropaganda.checkpointing.plan;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The curves of a whole chain, and the plans behind their points. */
final class ChainSearch {
    private final BlockChain chain;
    private final StepNeeds needs;
    private final Limits limits;
    private final ReplayTable table;
    /** By first block: the curves without and with a leased input of all from there on. */
    private final Curve[][] curves;

    private final long dropped;

    private ChainSearch(
            BlockChain chain, StepNeeds needs, Limits limits, ReplayTable table, Curve[][] curves, long dropped) {
        this.chain = chain;
        this.needs = needs;
        this.limits = limits;
        this.table = table;
        this.curves = curves;
        this.dropped = dropped;
    }

    static ChainSearch of(BlockChain chain, Limits limits) {
        int n = chain.size();
        StepNeeds needs = new StepNeeds(chain);
        RangeSearch search = new RangeSearch(needs, chain.segments(), limits);
        ReplayTable table = ReplayTable.ofChain(needs, limits, search, chain.segments());
        Curve[][] curves = new Curve[n + 1][];
        curves[n] = new Curve[] {Curve.of(needs.endNeeds(false)), Curve.of(needs.endNeeds(true))};
        for (int i = n - 1; i >= 0; i--) {
            table.makeRow(i);
            Curve free = curve(table, search, curves, i, false);
            curves[i] = new Curve[] {free, needs.inputLeased[i] ? curve(table, search, curves, i, true) : free};
        }
        return new ChainSearch(chain, needs, limits, table, curves, search.dropped());
    }

    private static Curve curve(ReplayTable table, RangeSearch search, Curve[][] curves, int i, boolean leased) {
        int n = curves.length - 1;
        int outermost = table.outermost();
        return search.curve(
                i,
                n,
                leased,
                false,
                (block, lease) -> curves[block][lease ? 1 : 0],
                outermost < 0 ? null : end -> table.curve(outermost, i, end, leased));
    }

    BlockChain chain() {
        return chain;
    }

    /** How many points were dropped to keep curves short. */
    long dropped() {
        return dropped;
    }

    /** The curve of the chain. */
    Curve whole() {
        return curves[0][chain.inputHeld() ? 1 : 0];
    }

    /** The plan of the chain's fastest point within a number of bytes. */
    List<PlanStep> plan(long bytes) {
        return steps(
                0, chain.size(), chain.inputHeld(), bytes, (block, lease) -> curves[block][lease ? 1 : 0], null, -1);
    }

    /**
     * The steps of a range.
     *
     * @param inside the table of the replays in the range; null to make it where one is found
     * @param below the depth of the replays in the range
     */
    private List<PlanStep> steps(
            int from,
            int to,
            boolean inputLeased,
            long bytes,
            RangeSearch.Rest rest,
            @Nullable ReplayTable inside,
            int below) {
        List<PlanStep> steps = new ArrayList<>();
        int i = from;
        boolean leased = inputLeased;
        long free = bytes;
        while (i < to) {
            Curve curve = rest.from(i, leased);
            int point = curve.within(free);
            free = curve.need[point];
            int choice = curve.choice[point];
            int end = i + Choice.value(choice);
            if (Choice.isReverse(choice)) {
                steps.add(new PlanStep.Reverse(i, end));
                free -= needs.reverseHolds(end);
                i = end;
                leased = true;
            } else if (Choice.isReplay(choice)) {
                long within = free - (needs.gradients[end] - needs.gradients[to]);
                steps.add(new PlanStep.Replay(i, end, replay(i, end, leased, within, inside, below)));
                free -= needs.replayHolds(i, leased);
                i = end;
                leased = false;
            } else {
                int option = Choice.value(choice);
                steps.add(new PlanStep.Save(i, option));
                free -= needs.saveHolds(i, option, leased);
                leased = needs.leasesOutput(i, option);
                i++;
            }
        }
        return steps;
    }

    private List<PlanStep> replay(
            int from, int to, boolean leased, long bytes, @Nullable ReplayTable inside, int below) {
        ReplayTable made;
        int depth;
        if (inside != null) {
            made = inside;
            depth = below;
        } else {
            made = table.keepsAll() ? table : again(from, to);
            depth = made.outermost();
        }
        return steps(
                from,
                to,
                leased,
                bytes,
                (block, lease) -> made.curve(depth, block, to, lease),
                made,
                made.below(depth));
    }

    /** The table of a segment, whose rows were given up. */
    private ReplayTable again(int from, int to) {
        RangeSearch search = new RangeSearch(needs, chain.segments(), limits);
        return ReplayTable.ofRange(needs, limits, search, from, to);
    }
}
