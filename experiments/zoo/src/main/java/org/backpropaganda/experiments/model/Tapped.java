package org.backpropaganda.experiments.model;

import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.UnaryModule;

/** A module whose results somebody listens to. It adds nothing to names, paths and keys. */
final class Tapped extends UnaryModule {
    private final Module module;
    private final Consumer<Variable> listener;

    Tapped(Module module, Consumer<Variable> listener) {
        this.module = register("", module);
        this.listener = listener;
    }

    @Override
    protected Variable forward(Variable x) {
        Variable result = module.call(x);
        listener.accept(result);
        return result;
    }
}
