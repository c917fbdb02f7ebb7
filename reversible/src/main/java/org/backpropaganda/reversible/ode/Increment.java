package org.backpropaganda.reversible.ode;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.UnaryModule;

/**
 * What a step of a solver adds to a stream, as a function of the other one. It calls the field without having it as a part: one
 * field serves all steps, and its parameters stand in the model once.
 */
final class Increment extends UnaryModule {
    /** A function of a state. */
    interface Rule {
        Variable of(VectorField field, Variable y);
    }

    private final VectorField field;
    private final Rule rule;

    Increment(VectorField field, Rule rule) {
        this.field = field;
        this.rule = rule;
    }

    @Override
    protected Variable forward(Variable y) {
        return rule.of(field, y);
    }

    @Override
    protected List<Parameter> sideParameters() {
        return field.parameters();
    }
}
