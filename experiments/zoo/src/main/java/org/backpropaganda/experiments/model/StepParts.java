package org.backpropaganda.experiments.model;

import java.util.Map;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.planner.Planner;

/**
 * A model that no technique has touched, and the training step that it is wanted for: what a planner asks, and what its plan is
 * applied to.
 *
 * @param structure of the model, with its parameters
 * @param outline what a step has beside the model
 * @param settings of techniques
 */
public record StepParts(Part structure, StepOutline outline, TechniqueSettings settings) {

    /**
     * A model of images.
     *
     * @param outline of the model's own images and labels
     * @param words settings of techniques, as {@code offload-dir}
     * @param scope that the parameters are made in
     */
    public static StepParts of(
            ModelSpec spec, StepOutline outline, Map<String, String> words, TensorScope scope, long seed) {
        ParameterFactory factory = new ParameterFactory(scope, spec.dtype(), seed);
        Part structure = spec.architecture().describe(spec, new Layers(factory, spec.slope(), new Taps()));
        return new StepParts(structure, outline, Model.settings(spec, factory, words, outline));
    }

    /** A planner of the step. */
    public Planner planner(Engine engine) {
        return Planner.of(structure, outline).settings(settings).engine(engine);
    }
}
