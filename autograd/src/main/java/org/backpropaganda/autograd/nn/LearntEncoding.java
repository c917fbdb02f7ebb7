package org.backpropaganda.autograd.nn;

import java.util.Optional;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * Adds to each position a row of its own: x [..., L, E] → [..., L, E], with a parameter weight [longest, E]. Source: Gehring
 * et al. 2017, "Convolutional Sequence to Sequence Learning", § 3.1.
 */
public final class LearntEncoding extends UnaryModule implements AxisMixing {
    /** The standard deviation of the initial values, that of GPT-2. */
    private static final double DEVIATION = 0.02;

    private final Parameter weight;

    /** For sequences of up to {@code longest} positions, drawn from a normal distribution of deviation 0.02. */
    public LearntEncoding(ParameterFactory factory, long longest, long width) {
        this(factory, longest, width, Initializer.normal(DEVIATION));
    }

    /** With rows drawn by {@code initializer}. */
    public LearntEncoding(ParameterFactory factory, long longest, long width, Initializer initializer) {
        weight = register("weight", factory.create(Shape.of(longest, width), initializer));
    }

    /** The rows. */
    public Parameter weight() {
        return weight;
    }

    @Override
    public Optional<String> mixes(int axis, boolean batchStatistics) {
        return axis == 1 ? Optional.of("adds what depends on the position") : Optional.empty();
    }

    @Override
    protected Variable forward(Variable x) {
        return SinusoidalEncoding.addFirst("LearntEncoding", x, x.tape().parameter(weight));
    }
}
