package org.backpropaganda.autograd.technique;

import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.nn.Module;

/**
 * A module as it is.
 *
 * @param module that every build shares
 */
public record Layer(Module module) implements Part {
    @Override
    public Module build() {
        return module;
    }

    @Override
    public List<Part> parts() {
        return List.of();
    }

    @Override
    public Part withParts(UnaryOperator<Part> change) {
        return this;
    }
}
