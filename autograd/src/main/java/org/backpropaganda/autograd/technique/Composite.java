package org.backpropaganda.autograd.technique;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.nn.Module;

/**
 * A module made of the modules of its parts, as a shortcut beside a body, or the two functions of a coupling.
 *
 * @param parts in order; none for a module that has none and is to be made anew by every build
 * @param join makes the module
 */
public record Composite(List<Part> parts, Function<List<Module>, Module> join) implements Part {
    /** Copies the parts. */
    public Composite {
        parts = List.copyOf(parts);
    }

    @Override
    public Module build() {
        return join.apply(parts.stream().map(Part::build).toList());
    }

    @Override
    public Part withParts(UnaryOperator<Part> change) {
        return new Composite(parts.stream().map(change).toList(), join);
    }
}
