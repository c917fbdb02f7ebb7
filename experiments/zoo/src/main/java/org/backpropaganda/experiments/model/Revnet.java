package org.backpropaganda.experiments.model;

import java.util.Optional;
import org.backpropaganda.autograd.technique.Chain;

/**
 * {@code revnet}: 3×3 stem to C channels, which may stride; couplings, additive ones unless told otherwise, whose functions are
 * twice conv 3×3, batch norm and (leaky) ReLU on the channels of a stream (C/2 for additive); mean over space; linear.
 *
 * <p>Source: Gomez et al. 2017, "The Reversible Residual Network", § 3.1. Deviations: no bottlenecks, one resolution.
 */
public final class Revnet implements Architecture {
    private static final int CONVOLUTIONS = 2;

    @Override
    public String name() {
        return "revnet";
    }

    @Override
    public String depthUnit() {
        return "couplings";
    }

    @Override
    public Optional<String> usualCoupling() {
        return Optional.of(Couplings.USUAL);
    }

    /** Its stem may stride. */
    @Override
    public void check(ModelSpec.Size size) {}

    @Override
    public Chain describe(ModelSpec spec, Layers layers) {
        return Couplings.describe(spec, layers, CONVOLUTIONS);
    }
}
