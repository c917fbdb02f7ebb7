package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.exact.Bdia;
import org.backpropaganda.reversible.exact.FixedPoint;

/** {@code bdia}: {@link Bdia} on the standard grid, of one function of all channels. */
public final class BdiaKind implements WholeWidth {
    @Override
    public String name() {
        return "bdia";
    }

    @Override
    public Coupling couple(List<Module> functions) {
        return new Bdia(functions.get(0));
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
