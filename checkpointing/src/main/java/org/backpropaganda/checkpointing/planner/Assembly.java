package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.technique.Savings;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.plan.PlanStep;
import org.jspecify.annotations.Nullable;

/** A model put together as a plan says. */
final class Assembly implements AutoCloseable {
    private final Cuts cuts;
    private final List<Way> ways;
    private final Ways techniques;
    private final TechniqueSettings settings;
    private final Map<Technique, Savings> opened = new LinkedHashMap<>();
    private final List<List<Module>> modules = new ArrayList<>();
    private final Module module;

    /**
     * Puts it together.
     *
     * @param ways how each block is executed
     * @param steps that cover all blocks
     * @param scope lives as long as what saves need
     */
    Assembly(
            Cuts cuts,
            List<Way> ways,
            List<PlanStep> steps,
            Ways techniques,
            TechniqueSettings settings,
            TensorScope scope) {
        this.cuts = cuts;
        this.ways = ways;
        this.techniques = techniques;
        this.settings = settings;
        try {
            for (Way way : ways) {
                for (Technique technique : way.techniques()) {
                    if (Ways.decidesSaves(technique)) {
                        opened.computeIfAbsent(technique, each -> each.open(settings, scope));
                    }
                }
            }
            this.module = row(cuts.root(), steps, false);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    Module module() {
        return module;
    }

    /** The modules that are called for each block, one after another. */
    List<List<Module>> modules() {
        return modules;
    }

    /** What the techniques have counted. */
    Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        opened.values().forEach(savings -> figures.putAll(savings.figures()));
        return figures;
    }

    /** A row of parts as one sequence, whose steps are those of its own parts. */
    private Module row(Cuts.Row row, List<PlanStep> steps, boolean inner) {
        Links links = new Links();
        Map<Integer, List<PlanStep>> within = new HashMap<>();
        distribute(row, steps, within);
        for (Cuts.Node node : row.nodes()) {
            links.begin(node);
            if (node instanceof Cuts.Leaf leaf) {
                Map<String, Module> named = ways.get(leaf.from()).modules(leaf.name(), leaf.part(), settings, opened);
                named.forEach(links::add);
                modules.add(List.copyOf(named.values()));
            } else if (node instanceof Cuts.Row part) {
                // The first part gets what the row was called with, which may be the caller's still.
                boolean own = inner || part.from() > row.from();
                links.add(part.name(), row(part, within.getOrDefault(part.from(), List.of()), own));
            }
        }
        links.begin(null);
        return new PlannedSequence(links.names, links.modules, links.stretches(row, steps), inner);
    }

    /** The steps that lie inside one part of the row go to that part, by its first block, wherever in replays they stand. */
    private static void distribute(Cuts.Row row, List<PlanStep> steps, Map<Integer, List<PlanStep>> within) {
        for (PlanStep step : steps) {
            Optional<Cuts.Row> around = row.partAround(step.from(), step.to());
            if (around.isPresent()) {
                within.computeIfAbsent(around.get().from(), part -> new ArrayList<>())
                        .add(step);
            } else if (step instanceof PlanStep.Replay replay) {
                distribute(row, replay.steps(), within);
            }
        }
    }

    @Override
    public void close() {
        opened.values().forEach(Savings::close);
        opened.clear();
    }

    /** The links of a row as they are gathered, and where each part begins among them. */
    private final class Links {
        private final List<String> names = new ArrayList<>();
        private final List<Module> modules = new ArrayList<>();
        private final Map<Integer, Integer> beginnings = new LinkedHashMap<>();
        private int end;

        void begin(Cuts.@Nullable Node node) {
            beginnings.put(node == null ? end : node.from(), modules.size());
            end = node == null ? end : node.to();
        }

        void add(String name, Module module) {
            names.add(name);
            modules.add(module);
        }

        List<PlannedSequence.Stretch> stretches(Cuts.Row row, List<PlanStep> steps) {
            List<PlannedSequence.Stretch> stretches = new ArrayList<>();
            for (PlanStep step : steps) {
                Optional<Cuts.Row> around = row.partAround(step.from(), step.to());
                if (around.isPresent()) {
                    call(stretches, around.get());
                } else if (step instanceof PlanStep.Replay replay) {
                    stretches.add(new PlannedSequence.Again(
                            link(step.from()), link(step.to()), stretches(row, replay.steps())));
                } else if (step instanceof PlanStep.Reverse) {
                    stretches.add(reversed(step));
                } else {
                    for (int link = link(step.from()); link < link(step.to()); link++) {
                        stretches.add(new PlannedSequence.Call(link));
                    }
                }
            }
            return stretches;
        }

        /** A part whose inside has steps of its own is called once for all of them. */
        private void call(List<PlannedSequence.Stretch> stretches, Cuts.Row part) {
            PlannedSequence.Call call = new PlannedSequence.Call(link(part.from()));
            if (stretches.isEmpty() || !stretches.get(stretches.size() - 1).equals(call)) {
                stretches.add(call);
            }
        }

        private int link(int block) {
            Integer link = beginnings.get(block);
            if (link == null) {
                throw new IllegalArgumentException(
                        "plan: no part of the model begins at block " + block + "; plan the model as it is");
            }
            return link;
        }

        private PlannedSequence.AsOne reversed(PlanStep step) {
            Run run = cuts.runOf(step.from(), step.to())
                    .orElseThrow(() -> new IllegalArgumentException("plan: blocks " + step.from() + " to " + step.to()
                            + " are of no run; plan the model as it is"));
            Technique technique = techniques
                    .reversing(run, settings)
                    .orElseThrow(
                            () -> new IllegalArgumentException("plan: no technique that is allowed reverses blocks "
                                    + step.from() + " to " + step.to() + "; allow one"));
            return new PlannedSequence.AsOne(
                    link(step.from()),
                    link(step.to()),
                    technique.reversing(run, settings).orElseThrow());
        }
    }
}
