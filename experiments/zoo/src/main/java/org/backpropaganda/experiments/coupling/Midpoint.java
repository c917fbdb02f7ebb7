package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ode.MidpointCoupling;

/** {@code midpoint}: {@link MidpointCoupling} with h = 1/2, which adds f to the state of the step before, of all channels. */
public final class Midpoint implements WholeWidth {
    static final double STEP = 0.5;

    @Override
    public String name() {
        return "midpoint";
    }

    @Override
    public Coupling couple(List<Module> functions) {
        return new MidpointCoupling(functions.get(0), STEP);
    }
}
