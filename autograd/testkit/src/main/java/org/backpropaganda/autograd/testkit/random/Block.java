package org.backpropaganda.autograd.testkit.random;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * A part of a random model, as a value: what a module is built from, any number of times. Blocks keep shapes, so that each
 * fits everywhere. A block of one's own is a record that implements this, or {@link #of}:
 *
 * <pre>{@code
 * Block gate = Block.of("gate", (factory, shape) -> new Gate(factory, shape.dim(-1)));
 * }</pre>
 */
public interface Block {

    /**
     * Builds the module. The same context and shape give the same module, names and parameters in whatever form, but for
     * what the block's technique does.
     *
     * @param building in which form
     * @param shape of its input, {@code [N, ..., C]}, and of its result
     */
    Module build(Building building, Shape shape);

    /** The blocks that it is made of, in order. */
    default List<Block> parts() {
        return List.of();
    }

    /** The same of other parts, as many as before. */
    default Block with(List<Block> parts) {
        return this;
    }

    /** Simpler ones of its kind, the simplest first; its parts, and what has simpler parts, are found without. */
    default List<Block> smaller() {
        return List.of();
    }

    /** What is remarkable in it, parts apart. */
    default Set<Feature> features() {
        return Set.of();
    }

    /** The technique that arranges it, parts apart. */
    default Optional<Candidate> technique() {
        return Optional.empty();
    }

    /** A block without parts and technique. */
    static Block of(String name, BiFunction<ParameterFactory, Shape, Module> module) {
        return new Block() {
            @Override
            public Module build(Building building, Shape shape) {
                return module.apply(building.factory(), shape);
            }

            @Override
            public String toString() {
                return name;
            }
        };
    }
}
