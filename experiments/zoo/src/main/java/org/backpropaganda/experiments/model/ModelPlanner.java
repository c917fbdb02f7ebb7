package org.backpropaganda.experiments.model;

import java.util.Map;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.planner.Planner;

/** Planners of models. */
public final class ModelPlanner {
    private ModelPlanner() {}

    /**
     * A planner of a model's training step.
     *
     * @param step of the model's own images and labels
     * @param words settings of techniques, as {@code offload-dir}
     * @param scope that the model is made in; of an engine without memory with the threads of the run, for plans alone
     */
    public static Planner of(ModelSpec spec, StepOutline step, Map<String, String> words, TensorScope scope) {
        return StepParts.of(spec, step, words, scope, 0).planner(scope.engine());
    }
}
