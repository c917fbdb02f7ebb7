package org.backpropaganda.experiments.model;

import java.util.List;
import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;

/** A module to whose first result somebody listens. It adds nothing to names, paths and keys. */
final class Tapped extends Module {
    private final Module module;
    private final Consumer<Variable> listener;

    Tapped(Module module, Consumer<Variable> listener) {
        this.module = register("", module);
        this.listener = listener;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        List<Variable> results = module.call(inputs);
        listener.accept(results.get(0));
        return results;
    }
}
