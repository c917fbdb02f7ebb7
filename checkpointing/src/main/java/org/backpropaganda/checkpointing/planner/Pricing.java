package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.technique.BlockOption;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.checkpointing.plan.PlanStep;
import org.backpropaganda.checkpointing.plan.PlannedBlock;
import org.jspecify.annotations.Nullable;

/**
 * A model as a chain of numbers. Each way to execute blocks is tried on all of them in one step on shapes, so that every block is
 * priced in its place; what follows the last block, as the loss, is a block too.
 */
final class Pricing {
    private static final String TAIL_NAME = "loss";

    private final Workshop workshop;
    private final CostModel costs;
    private final int blocks;
    private final List<List<Priced.Offer>> offers = new ArrayList<>();
    private final Map<String, String> refused = new LinkedHashMap<>();
    private final long[] gradients;
    private final PlannedBlock.@Nullable Replay[] replays;
    private final PlannedBlock.@Nullable Reversal[] reversals;
    private final @Nullable String[] reversing;
    private long[] boundaries = new long[0];

    private Pricing(Workshop workshop, CostModel costs) {
        this.workshop = workshop;
        this.costs = costs;
        this.blocks = workshop.cuts().leaves().size();
        this.gradients = new long[blocks + 1];
        this.replays = new PlannedBlock.Replay[blocks + 1];
        this.reversals = new PlannedBlock.Reversal[blocks + 1];
        this.reversing = new String[blocks + 1];
        for (int i = 0; i <= blocks; i++) {
            offers.add(new ArrayList<>());
        }
    }

    /** Prices all blocks in all ways. */
    static Pricing of(Workshop workshop, CostModel costs) {
        Pricing pricing = new Pricing(workshop, costs);
        pricing.priceGradients();
        pricing.priceReplays();
        pricing.priceWays();
        pricing.priceReversals();
        return pricing;
    }

    /** Ways that cannot be used with the model, and why. */
    Map<String, String> refused() {
        return refused;
    }

    /** All figures. */
    Priced priced() {
        boolean hasTail = workshop.outline().loss() != null;
        List<Priced.Block> priced = new ArrayList<>();
        List<Long> bytes = new ArrayList<>(List.of(boundaries[0]));
        for (int i = 0; i < (hasTail ? blocks + 1 : blocks); i++) {
            priced.add(new Priced.Block(
                    i == blocks ? TAIL_NAME : workshop.cuts().names().get(i),
                    List.copyOf(offers.get(i)),
                    replays[i],
                    reversals[i],
                    reversing[i],
                    gradients[i]));
            bytes.add(boundaries[i + 1]);
        }
        long updating = workshop.outline().updatesDuringBackward()
                ? 0
                : Arrays.stream(gradients).sum() + workshop.updates().updateBytes();
        return new Priced(bytes, priced, updating, workshop.cuts()::allows);
    }

    /** A parameter's gradient comes with the last block that reads it and stays, unless it is used up at once. */
    private void priceGradients() {
        if (workshop.outline().updatesDuringBackward()) {
            return;
        }
        Map<Parameter, Integer> last = new HashMap<>();
        workshop.run(plain(), uniform(Way.STORE), trial -> {
            for (int i = 0; i < blocks; i++) {
                for (Module module : trial.modules().get(i)) {
                    for (Parameter parameter : module.trainedParameters()) {
                        last.put(parameter, i);
                    }
                }
            }
        });
        last.forEach((parameter, block) ->
                gradients[block] += parameter.isTrainable() ? parameter.value().bytes() : 0);
    }

    private List<PlanStep> plain() {
        List<PlanStep> steps = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            steps.add(new PlanStep.Save(i, 0));
        }
        return steps;
    }

    private List<Way> uniform(Way way) {
        return new ArrayList<>(Collections.nCopies(blocks, way));
    }

    private void priceReplays() {
        workshop.run(plain(), uniform(Way.STORE), trial -> {
            Probe probe = new Probe(costs, trial.modules());
            trial.silent(probe);
            probe.ends();
            boundaries = new long[blocks + 2];
            for (int i = 0; i < blocks; i++) {
                Probe.Figures figures = probe.of(i);
                boundaries[i] = figures.input();
                boundaries[i + 1] = figures.output();
                replays[i] = new PlannedBlock.Replay(figures.forward(), figures.forwardRise() - figures.output());
            }
        });
    }

    private void priceWays() {
        List<List<Way>> possible = new ArrayList<>();
        Set<Way> all = new LinkedHashSet<>();
        for (Cuts.Leaf leaf : workshop.cuts().leaves()) {
            List<Way> ofBlock = workshop.techniques().of(leaf.part(), workshop.settings());
            possible.add(ofBlock);
            all.addAll(ofBlock);
        }
        for (Way way : all) {
            List<Way> chosen = uniform(Way.STORE);
            for (int i = 0; i < blocks; i++) {
                if (possible.get(i).contains(way)) {
                    chosen.set(i, way);
                }
            }
            try {
                probe(plain(), chosen, probe -> {
                    for (int i = 0; i < blocks; i++) {
                        if (possible.get(i).contains(way)) {
                            offer(i, way, probe.of(i));
                        }
                    }
                    if (way.equals(Way.STORE)) {
                        offerTail(probe.of(blocks));
                    }
                });
            } catch (IllegalArgumentException | IllegalStateException | UnsupportedOperationException e) {
                if (way.equals(Way.STORE)) {
                    throw e;
                }
                refused.put(way.name(), String.valueOf(e.getMessage()));
            }
        }
    }

    /** Takes a step apart in which nothing but the ways of the blocks differs from plain backpropagation. */
    private void probe(List<PlanStep> steps, List<Way> chosen, Consumer<Probe> use) {
        workshop.run(steps, chosen, trial -> {
            Probe probe = new Probe(costs, trial.modules());
            trial.step(probe, probe);
            probe.ends();
            use.accept(probe);
        });
    }

    /** The loss and its gradient stay to the end of the step. */
    private void offerTail(Probe.Figures figures) {
        boundaries[blocks + 1] = figures.output();
        gradients[blocks] = 2 * figures.output();
        offer(blocks, Way.STORE, figures);
    }

    private void offer(int block, Way way, Probe.Figures figures) {
        offers.get(block).add(new Priced.Offer(way, option(way.name(), figures, gradients[block])));
    }

    /** Figures of a place as figures of the block: {@link BlockOption} counts what it holds apart from what passes. */
    private static BlockOption option(String name, Probe.Figures figures, long gradients) {
        boolean inputGoes = !figures.inputHeld() && !figures.leasesInput();
        long saved = figures.kept() - figures.output() + (inputGoes ? figures.input() : 0);
        long counted = Math.max(0, saved);
        long less = saved - counted;
        return new BlockOption(
                name,
                figures.forward(),
                figures.backward(),
                counted,
                figures.leasesInput(),
                figures.leasesOutput(),
                figures.forwardRise() - figures.output() - counted + less,
                figures.backwardRise() - figures.input() - gradients + less);
    }

    private void priceReversals() {
        List<PlanStep> steps = new ArrayList<>();
        boolean any = false;
        for (Cuts.Leaf leaf : workshop.cuts().leaves()) {
            Optional<Technique> technique = Optional.ofNullable(leaf.run())
                    .flatMap(run -> workshop.techniques().reversing(run, workshop.settings()));
            reversing[leaf.from()] = technique.map(Technique::term).orElse(null);
            any |= technique.isPresent();
            steps.add(
                    technique.isPresent()
                            ? new PlanStep.Reverse(leaf.from(), leaf.to())
                            : new PlanStep.Save(leaf.from(), 0));
        }
        if (!any) {
            return;
        }
        probe(steps, uniform(Way.STORE), probe -> {
            for (PlanStep step : steps) {
                if (step instanceof PlanStep.Reverse) {
                    reversals[step.from()] = reversal(probe.of(step.from()), gradients[step.from()]);
                }
            }
        });
    }

    /** Alone, a coupling holds its output while it goes back: the solver counts that, and both gradients, by itself. */
    private static PlannedBlock.Reversal reversal(Probe.Figures figures, long gradients) {
        long backward = 2 * figures.output() + figures.backwardRise() - gradients;
        long counted = Math.max(figures.input(), figures.output()) + figures.input() + figures.output();
        return new PlannedBlock.Reversal(
                figures.forward(),
                Math.max(0, figures.backward() - figures.forward()),
                figures.forwardRise() - figures.output(),
                backward - counted);
    }
}
