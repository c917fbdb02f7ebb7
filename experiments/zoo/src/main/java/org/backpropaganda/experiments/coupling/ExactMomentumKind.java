package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.exact.ExactMomentum;
import org.backpropaganda.reversible.exact.FixedPoint;

/** {@code exact-momentum}: {@link ExactMomentum} with γ = 0.9 on the standard grid, of one function of all channels. */
public final class ExactMomentumKind implements StateAndMomentum {
    @Override
    public String name() {
        return "exact-momentum";
    }

    @Override
    public Coupling couple(List<Module> functions) {
        return new ExactMomentum(functions.get(0), GAMMA);
    }

    /** On the grid, so that what enters comes back to the bit, too. */
    @Override
    public List<Variable> enter(Variable x, Body body) {
        return StateAndMomentum.super.enter(FixedPoint.STANDARD.round(x), body);
    }

    @Override
    public boolean isExact() {
        return true;
    }
}
