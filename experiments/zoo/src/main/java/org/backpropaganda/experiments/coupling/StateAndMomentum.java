package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Scale;

/** A state, which begins as the input and which the head reads, and its momentum, which begins as 0; one function of all channels. */
interface StateAndMomentum extends WholeWidth {
    /** γ. */
    double GAMMA = 0.9;

    @Override
    default List<Variable> enter(Variable x, Body body) {
        return List.of(x, Scale.scale(x, 0, 0));
    }

    @Override
    default Variable leave(List<Variable> streams) {
        return streams.get(0);
    }
}
