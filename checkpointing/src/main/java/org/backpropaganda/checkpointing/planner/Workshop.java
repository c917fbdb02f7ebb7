package org.backpropaganda.checkpointing.planner;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.WithPolicy;
import org.backpropaganda.autograd.technique.LocallyTrained;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Savings;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.plan.PlanStep;

/**
 * Where arrangements of one model are put together and tried on shapes.
 *
 * @param structure of the model, as no technique has touched it
 */
record Workshop(
        Part structure,
        Cuts cuts,
        Ways techniques,
        TechniqueSettings settings,
        StepOutline outline,
        Updates updates,
        ShapeStep steps) {
    private static final String PLAIN_NAME = "plain";

    /** An arrangement that was put together, for one step. */
    record Trial(Module module, List<List<Module>> modules, TensorScope scope, ShapeStep steps) {
        /** Runs a step; returns its peak. */
        long step(TimeCount count, ShapeStep.Watcher watcher) {
            return steps.run(module, scope, count, watcher);
        }

        /** Runs a forward that keeps nothing. */
        void silent(Probe probe) {
            steps.silent(module, scope, probe, probe);
        }
    }

    /** Puts the model together as a plan says, in an engine without memory, for as long as {@code use} runs. */
    void run(List<PlanStep> plan, List<Way> ways, Consumer<Trial> use) {
        try (TensorScope scope = steps.engine().scope("");
                Assembly assembly = new Assembly(cuts, ways, plan, techniques, settings, scope)) {
            use.accept(new Trial(assembly.module(), assembly.modules(), scope, steps));
        }
    }

    /**
     * What ops take in real steps of plans, which the model's parameters have to have values for. Buffers are put back.
     *
     * @param plans of which those are timed that have ops which none before them has
     * @param scope of the engine that computes
     * @param count how many steps of each are timed, behind one that is not
     */
    CostModel measure(List<Plan> plans, TensorScope scope, int count) {
        Module plain = structure.build();
        try (TensorScope own = scope.child()) {
            IdentityHashMap<Tensor, Tensor> buffers = new IdentityHashMap<>();
            plain.buffers()
                    .values()
                    .forEach(buffer -> buffers.put(
                            buffer, own.allocate(buffer.shape(), buffer.dtype()).copyFrom(buffer)));
            Profile profile = new Profile(CostModel.counted(), System::nanoTime);
            try {
                plans.forEach(plan -> time(plan, own, profile, count));
            } finally {
                buffers.forEach(Tensor::copyFrom);
            }
            return new MeasuredCost(profile.medians(), CostModel.counted(), profile.pace());
        }
    }

    private void time(Plan plan, TensorScope scope, Profile profile, int count) {
        try (TensorScope own = scope.child();
                PlannedModel planned = plan.applyTo(structure, settings, own)) {
            Profile first = new Profile(CostModel.counted(), System::nanoTime);
            runs(planned.module(), own, first, 1);
            if (!profile.covers(first)) {
                runs(planned.module(), own, profile, count);
            }
        }
    }

    private void runs(Module module, TensorScope scope, Profile profile, int count) {
        for (int i = 0; i < count; i++) {
            try (TensorScope step = scope.child()) {
                steps.run(module, step, profile, profile);
            }
        }
    }

    /**
     * The peak of a step under one technique alone.
     *
     * @param term of the technique, or {@code "plain"}
     */
    long peakBytes(String term, CostModel costs) {
        long[] peak = new long[1];
        Consumer<Trial> trial = each -> peak[0] = each.step(new TimeCount(costs), new ShapeStep.Watcher() {});
        if (term.equals(PLAIN_NAME)) {
            runPlain(trial);
        } else {
            Technique technique = Ways.find(term);
            technique.refusal(structure, settings).ifPresent(why -> {
                throw new IllegalArgumentException("planner: " + term + " does not fit the model: " + why);
            });
            run(technique, trial);
        }
        return peak[0];
    }

    /**
     * Arranges the whole model by one technique, likewise.
     *
     * @throws IllegalArgumentException if it does not fit the model
     */
    void run(Technique technique, Consumer<Trial> use) {
        try (TensorScope scope = steps.engine().scope("");
                Savings savings = technique.open(settings, scope)) {
            Module module = technique.arrange(structure, settings).build();
            if (module instanceof LocallyTrained) {
                throw new IllegalArgumentException(
                        "planner: " + technique.term()
                                + " trains learners beside the model, whose bytes and updates no plan has; use it as a strategy");
            }
            Module saving = Ways.decidesSaves(technique) ? new WithPolicy(module, savings::before) : module;
            use.accept(new Trial(saving, List.of(), scope, steps));
        }
    }

    /** The model as nobody has arranged it, likewise. */
    void runPlain(Consumer<Trial> use) {
        try (TensorScope scope = steps.engine().scope("")) {
            use.accept(new Trial(structure.build(), List.of(), scope, steps));
        }
    }
}
