package org.backpropaganda.experiments.model;

import java.util.Map;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.TechniqueSettings;
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
        ParameterFactory factory = new ParameterFactory(scope, spec.dtype(), 0);
        Part structure = spec.architecture().describe(spec, new Layers(factory, spec.slope(), new Taps()));
        TechniqueSettings settings = Model.settings(spec, factory, words, step);
        return Planner.of(structure, step).settings(settings).engine(scope.engine());
    }
}
