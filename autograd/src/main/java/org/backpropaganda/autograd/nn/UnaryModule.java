package org.backpropaganda.autograd.nn;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;

/** A module of one input and one result: most layers. */
public abstract class UnaryModule extends Module {

    /** Computes the result. Called by {@link #call} alone. */
    protected abstract Variable forward(Variable x);

    @Override
    protected final List<Variable> forward(List<Variable> inputs) {
        if (inputs.size() != 1) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": takes one input, got " + inputs.size());
        }
        return List.of(forward(inputs.get(0)));
    }
}
