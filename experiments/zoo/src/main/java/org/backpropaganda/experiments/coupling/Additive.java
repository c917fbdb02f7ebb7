package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.Coupling;

/** {@code additive}: {@link AdditiveCoupling} of two functions of half the channels. */
public final class Additive implements HalvedChannels {
    @Override
    public String name() {
        return "additive";
    }

    @Override
    public Coupling couple(List<Module> functions) {
        return new AdditiveCoupling(functions.get(0), functions.get(1));
    }
}
