package org.backpropaganda.reversible.testkit;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.Coupling;

/**
 * A coupling of some functions with streams that fit it, for {@link CouplingContract}. The contract puts a counter around
 * every function that the case makes, which keeps its names.
 *
 * @param name of the test
 * @param maker makes the coupling anew: the same factory seed must give the same parameters
 * @param streams shapes of what enters
 * @param sides shapes of the side inputs
 * @param depth how many such couplings follow one another in the contract's sequences; 1 where shapes change
 */
public record CouplingCase(String name, Maker maker, List<Shape> streams, List<Shape> sides, int depth) {
    private static final int DEPTH = 3;

    /** Makes a coupling. */
    @FunctionalInterface
    public interface Maker {
        /**
         * Makes a coupling.
         *
         * @param counted to be applied to each function that the coupling is given
         */
        Coupling make(ParameterFactory factory, UnaryOperator<Module> counted);
    }

    /** A coupling and the shapes of its streams, three of which follow one another. */
    public static CouplingCase of(String name, Maker maker, Shape... streams) {
        return new CouplingCase(name, maker, List.of(streams), List.of(), DEPTH);
    }

    /** The same with side inputs, which are differentiated too. */
    public CouplingCase withSides(Shape... shapes) {
        return new CouplingCase(name, maker, streams, List.of(shapes), depth);
    }

    /** The same for a coupling that returns other shapes than it takes: it is tried alone. */
    public CouplingCase changingShapes() {
        return new CouplingCase(name, maker, streams, sides, 1);
    }

    /** Whether the coupling returns what it can take. */
    boolean keepsShapes() {
        return depth > 1;
    }

    Function<ParameterFactory, Coupling> counting(UnaryOperator<Module> counted) {
        return factory -> maker.make(factory, counted);
    }

    @Override
    public String toString() {
        return name;
    }
}
