package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.checkpointing.plan.BlockChain;
import org.backpropaganda.checkpointing.plan.Frontier;
import org.backpropaganda.checkpointing.plan.PlanPoint;
import org.backpropaganda.checkpointing.plan.PlanSolver;

/**
 * The search for plans of one model: solved by blocks, tried as a whole on shapes, and compared with what each technique does alone.
 * Only what was tried is ever returned.
 */
final class PlanSearch {
    /**
     * How many plans faster than what should fit are tried at least, and at most where they are told to take little more:
     * predictions are cautious where blocks share what they hold.
     */
    private static final int BOLDER = 6;

    private static final int BOLDEST = 32;

    private static final double CAUTION = 1.25;

    /** By how much a plan may be faster than it is told to be: replays end early, and blocks share what they compute again. */
    private static final double DOUBT = 1.05;

    /** Of how many plans changes are tried: which one leads farthest, none of them tells. */
    private static final int REFINED = 4;

    /** How deeply replays are nested where all else needs too much. */
    private static final int DEEPER = 2;

    /** How many points of a frontier are tried. */
    private static final int SHOWN = 32;

    /** Of how many allowed techniques all subsets are searched. */
    private static final int MOST_SUBSETS_OF = 3;

    private final Workshop workshop;
    private final Pricing pricing;
    private final BlockChain chain;
    private final List<Palette> palettes;
    private final List<Palette> cautious;
    private final Trials trials;
    private final Refinement refinement;
    private final List<Tried> alone;

    PlanSearch(Workshop workshop, CostModel costs) {
        this.workshop = workshop;
        this.pricing = Pricing.of(workshop, costs);
        Priced priced = pricing.priced();
        this.chain = priced.chain();
        this.palettes = palettes(priced, workshop.techniques().optional());
        this.cautious = palettes(priced.cautious(), workshop.techniques().optional()).stream()
                .filter(palette -> !palettes.contains(palette))
                .toList();
        this.trials = new Trials(workshop, costs, priced);
        this.refinement = new Refinement(trials, chain);
        this.alone = trials.alone(pricing.refused());
    }

    /** What is found with fewer techniques is among what is found with more: to allow one never costs time. */
    private static List<Palette> palettes(Priced priced, List<String> optional) {
        Set<Palette> palettes = new LinkedHashSet<>();
        int all = (1 << optional.size()) - 1;
        for (int left = 0; left <= all; left++) {
            boolean looked =
                    optional.size() <= MOST_SUBSETS_OF || left == 0 || Integer.bitCount(left) >= optional.size() - 1;
            if (looked) {
                Set<String> without = new LinkedHashSet<>();
                for (int i = 0; i < optional.size(); i++) {
                    if ((left >> i & 1) == 1) {
                        without.add(optional.get(i));
                    }
                }
                palettes.add(priced.without(without));
            }
        }
        return List.copyOf(palettes);
    }

    Pricing pricing() {
        return pricing;
    }

    BlockChain chain() {
        return chain;
    }

    Trials trials() {
        return trials;
    }

    /** What each technique does alone, of those that fit the model. */
    List<Tried> alone() {
        return alone;
    }

    /** Every block stores. */
    Tried plain() {
        return trials.plain();
    }

    /** The fastest arrangement within a budget, of all that a {@link #frontier} tries at least; empty if none was found. */
    Optional<Tried> fastest(long budgetBytes) {
        least();
        return found(budgetBytes, REFINED);
    }

    /**
     * The fastest that is found.
     *
     * @param refined of how many plans changes are tried
     */
    private Optional<Tried> found(long budgetBytes, int refined) {
        Tried best = null;
        for (Tried each : alone) {
            best = each.peakBytes() <= budgetBytes && each.beats(best) ? each : best;
        }
        long above = budgetBytes - fixedBytes();
        boolean tight = false;
        for (Palette palette : palettes) {
            Frontier usual = PlanSolver.defaults().solve(palette.chain());
            List<Tried> solved = thatFit(palette, usual, above, budgetBytes);
            if (solved.isEmpty()) {
                solved = thatFit(palette, PlanSolver.defaults().solve(palette.chain(), above), above, budgetBytes);
            }
            tight |= solved.isEmpty();
            for (Tried each : solved.subList(0, Math.min(refined, solved.size()))) {
                refinement.of(each, palette.numbers(), budgetBytes);
            }
        }
        if (tight) {
            least();
            for (Palette palette : cautious) {
                thatFit(palette, PlanSolver.defaults().levels(DEEPER).solve(palette.chain()), above, budgetBytes);
            }
        }
        for (Tried each : trials.all()) {
            best = each.peakBytes() <= budgetBytes && each.beats(best) ? each : best;
        }
        return Optional.ofNullable(best);
    }

    /**
     * Those of the plans that may fit which do, the fastest first: from a few bolder ones down to those that are told to be
     * slower than one that was found, and some of all. One that should fit and does not tells how far predictions are off.
     */
    private List<Tried> thatFit(Palette palette, Frontier frontier, long above, long budgetBytes) {
        List<PlanPoint> points = frontier.points();
        int expected = upTo(points, above);
        int bolder = Math.max(BOLDER, Math.min(BOLDEST, upTo(points, (long) (CAUTION * above)) - expected));
        int k = Math.min(points.size(), expected + bolder) - 1;
        Tried best = null;
        Set<Tried> fitting = new LinkedHashSet<>();
        while (k >= 0 && (best == null || points.get(k).time() <= DOUBT * best.time())) {
            Tried candidate = trials.of(palette.numbered(points.get(k).plan()));
            if (candidate.peakBytes() <= budgetBytes) {
                best = candidate.beats(best) ? candidate : best;
                fitting.add(candidate);
            }
            long excess = candidate.peakBytes() - budgetBytes;
            boolean leaps = best == null && k < expected;
            int next = leaps ? upTo(points, points.get(k).need() - excess) - 1 : k - 1;
            k = k > 0 ? Math.max(0, Math.min(next, k - 1)) : -1;
        }
        sample(palette, points).stream()
                .filter(tried -> tried.peakBytes() <= budgetBytes)
                .forEach(fitting::add);
        return fitting.stream()
                .sorted(Comparator.comparingLong(Tried::time).thenComparingLong(Tried::peakBytes))
                .toList();
    }

    /** Some of a frontier's plans, from the leanest to the fastest. */
    private List<Tried> sample(Palette palette, List<PlanPoint> points) {
        int shown = Math.min(SHOWN, points.size());
        List<Tried> sample = new ArrayList<>();
        for (int k = 0; k < shown; k++) {
            int point = shown == 1 ? 0 : (int) Math.round((double) k * (points.size() - 1) / (shown - 1));
            sample.add(trials.of(palette.numbered(points.get(point).plan())));
        }
        return sample;
    }

    /** How many points need so many bytes at most. */
    private static int upTo(List<PlanPoint> points, long bytes) {
        int count = 0;
        while (count < points.size() && points.get(count).need() <= bytes) {
            count++;
        }
        return count;
    }

    /** Whether anything fits into a budget. */
    boolean fits(long budgetBytes) {
        return found(budgetBytes, 0).isPresent() || least().tried().peakBytes() <= budgetBytes;
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
                new Plan.Figures(budgetBytes, tried.peakBytes(), tried.time(), trials.plainPeakBytes(), plain.time()),
                tried.whole() != null
                        ? List.of(
                                new PlanRow("model", tried.whole(), 0, tried.time(), "no mixture that fits is faster"))
                        : Rows.of(chain, names.size(), tried.steps(), tried.ways()));
    }

    /** What is live in every arrangement from the beginning of a step to its end. */
    long fixedBytes() {
        StepOutline outline = workshop.outline();
        return workshop.updates().constantBytes() + bytes(outline.inputs()) + bytes(outline.labels());
    }

    private static long bytes(List<TensorSpec> specs) {
        return specs.stream().mapToLong(TensorSpec::bytes).sum();
    }

    /** The leanest arrangement that was found, and the block that keeps it from being leaner. */
    Least least() {
        Tried leanest = plain();
        List<Palette> all = new ArrayList<>(palettes);
        all.addAll(cautious);
        for (Palette palette : all) {
            Frontier frontier = PlanSolver.defaults().levels(DEEPER).solve(palette.chain());
            List<PlanPoint> points = frontier.points();
            for (PlanPoint point : points.subList(0, Math.min(BOLDER, points.size()))) {
                leanest = leaner(leanest, trials.of(palette.numbered(point.plan())));
            }
        }
        for (Tried each : alone) {
            leanest = leaner(leanest, each);
        }
        return new Least(leanest, trials.blockAtPeakOf(leanest));
    }

    private static Tried leaner(Tried one, Tried other) {
        return other.peakBytes() < one.peakBytes() ? other : one;
    }

    /** The least bytes. */
    record Least(Tried tried, String bindingBlock) {}

    /** Arrangements that none beats in bytes and time at once: bytes rise, times fall. */
    List<Tried> frontier() {
        List<Tried> all = new ArrayList<>(alone);
        all.add(plain());
        all.add(least().tried());
        for (Palette palette : palettes) {
            sample(palette, PlanSolver.defaults().solve(palette.chain()).points());
        }
        all.addAll(trials.all());
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
