package org.backpropaganda.checkpointing.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** All plans of a short chain, one by one. */
final class EveryPlan {
    private final BlockChain chain;

    private EveryPlan(BlockChain chain) {
        this.chain = chain;
    }

    /** All plans whose replays are nested so deep at most. */
    static List<List<PlanStep>> of(BlockChain chain, int levels) {
        return new EveryPlan(chain).range(0, chain.size(), levels);
    }

    /** The least time of any plan by its peak, where no plan of a lower peak is as fast. */
    static List<MemorySimulator.Taken> best(BlockChain chain, int levels) {
        Map<Long, Long> times = new TreeMap<>();
        for (List<PlanStep> plan : of(chain, levels)) {
            MemorySimulator.Taken taken = MemorySimulator.run(chain, plan);
            times.merge(taken.peak(), taken.time(), Math::min);
        }
        List<MemorySimulator.Taken> best = new ArrayList<>();
        times.forEach((peak, time) -> {
            if (best.isEmpty() || time < best.get(best.size() - 1).time()) {
                best.add(new MemorySimulator.Taken(peak, time));
            }
        });
        return best;
    }

    private List<List<PlanStep>> range(int from, int to, int levels) {
        if (from == to) {
            return List.of(List.of());
        }
        List<List<PlanStep>> plans = new ArrayList<>();
        for (PlanStep first : firsts(from, to, levels)) {
            for (List<PlanStep> rest : range(first.to(), to, levels)) {
                List<PlanStep> plan = new ArrayList<>(List.of(first));
                plan.addAll(rest);
                plans.add(plan);
            }
        }
        return plans;
    }

    private List<PlanStep> firsts(int from, int to, int levels) {
        List<PlanStep> firsts = new ArrayList<>();
        for (int k = 0; k < chain.blocks().get(from).options().size(); k++) {
            firsts.add(new PlanStep.Save(from, k));
        }
        for (int end = from + 1; end <= to; end++) {
            if (!chain.segments().allows(from, end)) {
                continue;
            }
            if (IntStream.range(from, end).allMatch(c -> chain.blocks().get(c).reversal() != null)) {
                firsts.add(new PlanStep.Reverse(from, end));
            }
            if (levels > 0
                    && IntStream.range(from, end)
                            .allMatch(c -> chain.blocks().get(c).replay() != null)) {
                for (List<PlanStep> inner : range(from, end, levels - 1)) {
                    firsts.add(new PlanStep.Replay(from, end, inner));
                }
            }
        }
        return firsts;
    }
}
