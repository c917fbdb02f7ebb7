package org.backpropaganda.checkpointing.planner;

import java.util.List;
import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Savings;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
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

    /** An arrangement that was put together, for one step. */
    record Trial(
            Module module, SavedTensorPolicy policy, List<List<Module>> modules, TensorScope scope, ShapeStep steps) {
        /** Runs a step; returns its peak. */
        long step(TimeCount count, ShapeStep.Watcher watcher) {
            return steps.run(module, policy, scope, count, watcher);
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
            use.accept(new Trial(assembly.module(), SavedTensorPolicy.keep(), assembly.modules(), scope, steps));
        }
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
            SavedTensorPolicy policy = savings.before(SavedTensorPolicy.keep());
            use.accept(new Trial(module, policy, List.of(), scope, steps));
        }
    }
}
