package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.Techniques;
import org.backpropaganda.checkpointing.plan.PlanStep;

/** Arrangements of the whole model that are run on shapes, each once. */
final class Trials {
    private final Workshop workshop;
    private final CostModel costs;
    private final Priced priced;
    private final int blocks;
    private final Map<List<PlanStep>, Tried> tried = new LinkedHashMap<>();
    private long plainPeakBytes;

    Trials(Workshop workshop, CostModel costs, Priced priced) {
        this.workshop = workshop;
        this.costs = costs;
        this.priced = priced;
        this.blocks = workshop.cuts().leaves().size();
    }

    /** All block by block so far. */
    Collection<Tried> all() {
        return tried.values();
    }

    /** Runs a plan block by block, whose options are offers. */
    Tried of(List<PlanStep> plan) {
        return tried.computeIfAbsent(withoutTail(plan), steps -> {
            List<Way> ways = new ArrayList<>(Collections.nCopies(blocks, Way.STORE));
            choose(steps, ways);
            Tried[] result = new Tried[1];
            workshop.run(steps, ways, trial -> {
                TimeCount count = new TimeCount(costs);
                long peak = trial.step(count, new ShapeStep.Watcher() {});
                result[0] = new Tried(steps, List.copyOf(ways), null, peak, count.time());
            });
            return result[0];
        });
    }

    /** The most bytes that are live in a step of the model as nobody has arranged it: a sequence holds what it was called with. */
    long plainPeakBytes() {
        if (plainPeakBytes == 0) {
            workshop.runPlain(trial -> plainPeakBytes = trial.step(new TimeCount(costs), new ShapeStep.Watcher() {}));
        }
        return plainPeakBytes;
    }

    /** Every block stores. */
    Tried plain() {
        List<PlanStep> steps = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            steps.add(new PlanStep.Save(i, 0));
        }
        return of(steps);
    }

    /** The name of the block that runs when an arrangement has most bytes live. */
    String blockAtPeakOf(Tried arrangement) {
        if (arrangement.whole() != null) {
            return "the model under " + arrangement.whole();
        }
        String[] name = {""};
        workshop.run(arrangement.steps(), arrangement.ways(), trial -> {
            Probe probe = new Probe(costs, trial.modules());
            long all = trial.step(probe, probe);
            probe.ends();
            boolean inside = workshop.updates().constantBytes() + probe.peakBytes() == all && probe.blockAtPeak() >= 0;
            name[0] = inside
                    ? priced.blocks().get(probe.blockAtPeak()).name()
                    : "what the step takes outside of all blocks";
        });
        return name[0];
    }

    /** The loss is a block of the chain, and none of the model. */
    private List<PlanStep> withoutTail(List<PlanStep> steps) {
        return steps.stream().filter(step -> step.from() < blocks).toList();
    }

    private void choose(List<PlanStep> steps, List<Way> ways) {
        for (PlanStep step : steps) {
            if (step instanceof PlanStep.Save save) {
                ways.set(
                        save.block(),
                        priced.blocks()
                                .get(save.block())
                                .offers()
                                .get(save.option())
                                .way());
            } else if (step instanceof PlanStep.Replay replay) {
                choose(replay.steps(), ways);
            }
        }
    }

    /**
     * Runs what each technique that may be used does alone, and uniform checkpoints as others use them, as far as they fit the
     * model.
     *
     * @param refused is told of those that do not
     */
    List<Tried> alone(Map<String, String> refused) {
        Set<String> terms = new LinkedHashSet<>();
        workshop.techniques().techniques().forEach(technique -> terms.add(technique.term()));
        if (Techniques.find("checkpoint").isPresent()) {
            for (int k = 2; k <= blocks / 2; k *= 2) {
                terms.add("checkpoint:every=" + k);
            }
        }
        List<Tried> alone = new ArrayList<>();
        for (String term : terms) {
            alone(Ways.find(term), alone, refused);
        }
        return alone;
    }

    private void alone(Technique technique, List<Tried> alone, Map<String, String> refused) {
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
            refused.putIfAbsent(technique.term(), String.valueOf(e.getMessage()));
        }
    }
}
