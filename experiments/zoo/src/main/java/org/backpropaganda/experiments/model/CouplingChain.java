package org.backpropaganda.experiments.model;

import java.util.Optional;
import org.backpropaganda.autograd.technique.Chain;

/** {@code chain}: a {@link Revnet} of one convolution a function, not two, whose stem does not stride. */
public final class CouplingChain implements Architecture {
    private static final int CONVOLUTIONS = 1;

    @Override
    public String name() {
        return "chain";
    }

    @Override
    public String depthUnit() {
        return "couplings";
    }

    @Override
    public Optional<String> usualCoupling() {
        return Optional.of(Couplings.USUAL);
    }

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        return Couplings.describe(spec, layers, CONVOLUTIONS);
    }
}
