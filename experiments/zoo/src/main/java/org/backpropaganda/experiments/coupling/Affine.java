package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.AffineCoupling;
import org.backpropaganda.reversible.Coupling;

/**
 * {@code affine}: {@link AffineCoupling} with the scale sigmoid(s + 2), of two functions that read half the channels and
 * return twice as many: s, and behind it the shift.
 */
public final class Affine implements HalvedChannels {
    @Override
    public String name() {
        return "affine";
    }

    @Override
    public List<Integer> functions(Body body) {
        return List.of(2 * channels(body), 2 * channels(body));
    }

    @Override
    public Coupling couple(List<Module> functions) {
        return new AffineCoupling(functions.get(0), functions.get(1));
    }
}
