package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.block.MomentumResidual;

/** {@code momentum}: {@link MomentumResidual} with γ = 0.9, of one function of all channels. */
public final class Momentum implements StateAndMomentum {
    @Override
    public String name() {
        return "momentum";
    }

    @Override
    public Coupling couple(List<Module> functions) {
        return new MomentumResidual(functions.get(0), GAMMA);
    }
}
