package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.exact.ExactMidpoint;
import org.backpropaganda.reversible.exact.FixedPoint;

/** {@code exact-midpoint}: {@link ExactMidpoint} with h = 1/2 on the standard grid, of one function of all channels. */
public final class ExactMidpointKind implements WholeWidth {
    @Override
    public String name() {
        return "exact-midpoint";
    }

    @Override
    public Coupling couple(List<Module> functions) {
        return new ExactMidpoint(functions.get(0), Midpoint.STEP);
    }

    /** On the grid, so that what enters comes back to the bit, too. */
    @Override
    public List<Variable> enter(Variable x, Body body) {
        return WholeWidth.super.enter(FixedPoint.STANDARD.round(x), body);
    }

    @Override
    public boolean isExact() {
        return true;
    }
}
