package org.backpropaganda.reversible.recurrent;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;

/** A module that stands in the model once and is called by the couplings of all steps, none of which has it as a part. */
final class Shared extends Module {
    private final Module module;

    Shared(Module module) {
        this.module = module;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        return module.call(inputs);
    }

    @Override
    protected List<Parameter> sideParameters() {
        return module.trainedParameters();
    }
}
