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
 * @param streams shapes of its inputs
 */
public record CouplingCase(String name, Maker maker, List<Shape> streams) {
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

    /** A coupling and the shapes of its streams. */
    public static CouplingCase of(String name, Maker maker, Shape... streams) {
        return new CouplingCase(name, maker, List.of(streams));
    }

    Function<ParameterFactory, Coupling> counting(UnaryOperator<Module> counted) {
        return factory -> maker.make(factory, counted);
    }

    @Override
    public String toString() {
        return name;
    }
}
