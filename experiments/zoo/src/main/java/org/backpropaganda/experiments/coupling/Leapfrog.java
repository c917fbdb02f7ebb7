package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ode.LeapfrogCoupling;

/**
 * {@code leapfrog}: {@link LeapfrogCoupling} with h = 1/10, of one function of all channels, which is the model's own and no
 * gradient of an energy. States go on from their differences, and so grow with the square of the depth where h is not small.
 */
public final class Leapfrog implements WholeWidth {
    private static final double STEP = 0.1;

    @Override
    public String name() {
        return "leapfrog";
    }

    @Override
    public Coupling couple(List<Module> functions) {
        return new LeapfrogCoupling(functions.get(0), STEP);
    }
}
