package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.Techniques;
import org.backpropaganda.checkpointing.plan.BlockChain;
import org.backpropaganda.checkpointing.plan.Frontier;
import org.backpropaganda.checkpointing.plan.PlanPoint;
import org.backpropaganda.checkpointing.plan.PlanSolver;
import org.backpropaganda.checkpointing.plan.PlanStep;
import org.jspecify.annotations.Nullable;

/**
 * The search for plans of one model: solved by blocks, tried as a whole on shapes, and compared with what each technique does alone.
 * Only what was tried is ever returned.
 */
final class PlanSearch {
    /** How many plans faster than what should fit are tried: predictions are cautious where blocks share what they hold. */
    private static final int BOLDER = 6;

    /** How many points of a frontier are tried. */
    private static final int SHOWN = 32;

    private final Workshop workshop;
    private final CostModel costs;
    private final Pricing pricing;
    private final BlockChain chain;
    private final Map<List<PlanStep>, Tried> tried = new HashMap<>();
    private final List<Tried> alone = new ArrayList<>();

    PlanSearch(Workshop workshop, CostModel costs) {
        this.workshop = workshop;
        this.costs = costs;
        this.pricing = Pricing.of(workshop, costs);
        this.chain = pricing.chain();
        for (String term : terms()) {
            tryAlone(Ways.find(term));
        }
    }

    Pricing pricing() {
        return pricing;
    }

    BlockChain chain() {
        return chain;
    }

    /** What each technique does alone, of those that fit the model. */
    List<Tried> alone() {
        return alone;
    }

    /** Every technique that may be used, and uniform checkpoints as others use them. */
    private Set<String> terms() {
        Set<String> terms = new LinkedHashSet<>();
        workshop.techniques().techniques().forEach(technique -> terms.add(technique.term()));
        if (Techniques.find("checkpoint").isPresent()) {
            for (int k = 2; k <= workshop.cuts().leaves().size() / 2; k *= 2) {
                terms.add("checkpoint:every=" + k);
            }
        }
        return terms;
    }

    private void tryAlone(Technique technique) {
        if (technique.refusal(workshop.structure(), workshop.settings()).isPresent()) {
            return;
        }
        try {
            workshop.run(technique, trial -> {
                TimeCount count = new TimeCount(costs);
                long peak = trial.step(count, new ShapeStep.Watcher() {});
                alone.add(new Tried(List.of(), List.of(), technique.term(), peak, count.time()));
            });
        } catch (IllegalArgumentException | IllegalStateException | UnsupportedOperationException e) {
            pricing.refused().putIfAbsent(technique.term(), String.valueOf(e.getMessage()));
        }
    }

    private Tried attempt(List<PlanStep> solved) {
        return tried.computeIfAbsent(solved, steps -> {
            List<Way> ways =
                    new ArrayList<>(Collections.nCopies(workshop.cuts().leaves().size(), Way.STORE));
            List<PlanStep> own = withoutTail(steps);
            choose(own, ways);
            Tried[] result = new Tried[1];
            workshop.run(own, ways, trial -> {
                TimeCount count = new TimeCount(costs);
                long peak = trial.step(count, new ShapeStep.Watcher() {});
                result[0] = new Tried(own, List.copyOf(ways), null, peak, count.time());
            });
            return result[0];
        });
    }

    /** The loss is a block of the chain, and none of the model. */
    private List<PlanStep> withoutTail(List<PlanStep> steps) {
        return steps.stream()
                .filter(step -> step.from() < workshop.cuts().leaves().size())
                .toList();
    }

    private void choose(List<PlanStep> steps, List<Way> ways) {
        for (PlanStep step : steps) {
            if (step instanceof PlanStep.Save save) {
                ways.set(save.block(), pricing.ways().get(save.block()).get(save.option()));
            } else if (step instanceof PlanStep.Replay replay) {
                choose(replay.steps(), ways);
            }
        }
    }

    /** Plain backpropagation. */
    Tried plain() {
        List<PlanStep> steps = new ArrayList<>();
        for (int i = 0; i < chain.size(); i++) {
            steps.add(new PlanStep.Save(i, 0));
        }
        return attempt(steps);
    }

    /** The fastest arrangement within a budget; empty if none was found. */
    Optional<Tried> fastest(long budgetBytes) {
        Tried best = null;
        for (Tried each : alone) {
            best = each.peakBytes() <= budgetBytes && each.beats(best) ? each : best;
        }
        long above = budgetBytes - fixedBytes();
        Tried solved = firstThatFits(PlanSolver.defaults().solve(chain, above), above, budgetBytes);
        best = solved != null && solved.beats(best) ? solved : best;
        return Optional.ofNullable(best);
    }

    /** Of the plans that may fit, from a few bolder ones down to the leanest, the first that does. */
    private @Nullable Tried firstThatFits(Frontier frontier, long above, long budgetBytes) {
        List<PlanPoint> points = frontier.points();
        int expected = 0;
        while (expected < points.size() && points.get(expected).need() <= above) {
            expected++;
        }
        for (int k = Math.min(points.size(), expected + BOLDER) - 1; k >= 0; k--) {
            Tried candidate = attempt(points.get(k).plan());
            if (candidate.peakBytes() <= budgetBytes) {
                return candidate;
            }
        }
        return null;
    }

    /** Whether anything fits into a budget. */
    boolean fits(long budgetBytes) {
        return fastest(budgetBytes).isPresent() || least().tried().peakBytes() <= budgetBytes;
    }

    /** An arrangement as a plan. */
    Plan plan(Tried tried, long budgetBytes) {
        Tried plain = plain();
        List<String> names = workshop.cuts().names();
        return new Plan(
                names,
                tried.steps(),
                tried.ways().stream().map(Way::name).toList(),
                tried.whole(),
                new Plan.Figures(budgetBytes, tried.peakBytes(), tried.time(), plain.peakBytes(), plain.time()),
                tried.whole() != null
                        ? List.of(
                                new PlanRow("model", tried.whole(), 0, tried.time(), "no mixture that fits is faster"))
                        : Rows.of(chain, names.size(), tried.steps(), tried.ways()));
    }

    /** What is live in every arrangement from the beginning of a step to its end. */
    private long fixedBytes() {
        return workshop.updates().constantBytes()
                + workshop.outline().inputs().stream()
                        .mapToLong(spec -> spec.bytes())
                        .sum()
                + workshop.outline().labels().stream()
                        .mapToLong(spec -> spec.bytes())
                        .sum();
    }

    /** The leanest arrangement that was found, and the block that keeps it from being leaner. */
    Least least() {
        Frontier frontier = PlanSolver.defaults().levels(2).solve(chain);
        Tried leanest = Collections.min(
                List.of(attempt(frontier.points().get(0).plan()), plain()), Comparator.comparingLong(Tried::peakBytes));
        for (PlanPoint point :
                frontier.points().subList(0, Math.min(BOLDER, frontier.points().size()))) {
            Tried each = attempt(point.plan());
            leanest = each.peakBytes() < leanest.peakBytes() ? each : leanest;
        }
        for (Tried each : alone) {
            leanest = each.peakBytes() < leanest.peakBytes() ? each : leanest;
        }
        return new Least(leanest, frontier.bindingName());
    }

    /** The least bytes. */
    record Least(Tried tried, String bindingBlock) {}

    /** Arrangements that none beats in bytes and time at once: bytes rise, times fall. */
    List<Tried> frontier() {
        List<Tried> all = new ArrayList<>(alone);
        all.add(plain());
        all.add(least().tried());
        List<PlanPoint> points = PlanSolver.defaults().solve(chain).points();
        int shown = Math.min(SHOWN, points.size());
        for (int k = 0; k < shown; k++) {
            int point = shown == 1 ? 0 : (int) Math.round((double) k * (points.size() - 1) / (shown - 1));
            all.add(attempt(points.get(point).plan()));
        }
        all.addAll(tried.values());
        all.sort(Comparator.comparingLong(Tried::peakBytes).thenComparingLong(Tried::time));
        List<Tried> best = new ArrayList<>();
        for (Tried each : all) {
            if (best.isEmpty() || each.time() < best.get(best.size() - 1).time()) {
                best.add(each);
            }
        }
        return best;
    }
}
