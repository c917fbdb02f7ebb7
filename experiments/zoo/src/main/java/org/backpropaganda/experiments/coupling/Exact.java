package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.exact.ExactCoupling;
import org.backpropaganda.reversible.exact.FixedPoint;

/** {@code exact}: {@link ExactCoupling} on the standard grid, of two functions of half the channels. */
public final class Exact implements HalvedChannels {
    @Override
    public String name() {
        return "exact";
    }

    @Override
    public Coupling couple(List<Module> functions) {
        return new ExactCoupling(functions.get(0), functions.get(1));
    }

    /** On the grid, so that what enters comes back to the bit, too. */
    @Override
    public List<Variable> enter(Variable x, Body body) {
        return HalvedChannels.super.enter(FixedPoint.STANDARD.round(x), body);
    }

    @Override
    public boolean isExact() {
        return true;
    }
}
