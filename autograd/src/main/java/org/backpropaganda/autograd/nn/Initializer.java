package org.backpropaganda.autograd.nn;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;

/**
 * Draws the first values of a parameter. The fan-in of a weight [O, I, kH, kW] is I kH kW, its fan-out O kH kW; of [O, I]
 * they are I and O.
 */
@FunctionalInterface
public interface Initializer {

    /** The values of a parameter of the given shape, one after another, row-major. */
    DoubleSupplier values(Shape shape, SplittableRandom random);

    /** As many values as the shape has elements. */
    default double[] draw(Shape shape, SplittableRandom random) {
        DoubleSupplier values = values(shape, random);
        double[] drawn = new double[Math.toIntExact(shape.elements())];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = values.getAsDouble();
        }
        return drawn;
    }

    /** All zero. */
    static Initializer zeros() {
        return constant(0);
    }

    /** All one. */
    static Initializer ones() {
        return constant(1);
    }

    /** All the same. */
    static Initializer constant(double value) {
        return (shape, random) -> () -> value;
    }

    /** Normal with mean 0 and the given standard deviation. */
    static Initializer normal(double deviation) {
        return (shape, random) -> () -> deviation * random.nextGaussian();
    }

    /**
     * Normal with variance 2 / fan-in. Source: He et al. 2015, "Delving Deep into Rectifiers", Eq. (10).
     */
    static Initializer heNormal() {
        return (shape, random) -> normal(Math.sqrt(2.0 / fanIn(shape))).values(shape, random);
    }

    /** Uniform with variance 2 / fan-in. Source: as {@link #heNormal()}. */
    static Initializer heUniform() {
        return (shape, random) -> uniform(Math.sqrt(6.0 / fanIn(shape))).values(shape, random);
    }

    /**
     * Normal with variance 2 / (fan-in + fan-out). Source: Glorot and Bengio 2010, "Understanding the difficulty of
     * training deep feedforward neural networks", Eq. (12).
     */
    static Initializer glorotNormal() {
        return (shape, random) ->
                normal(Math.sqrt(2.0 / (fanIn(shape) + fanOut(shape)))).values(shape, random);
    }

    /** Uniform with variance 2 / (fan-in + fan-out). Source: Glorot and Bengio 2010, Eq. (16). */
    static Initializer glorotUniform() {
        return (shape, random) ->
                uniform(Math.sqrt(6.0 / (fanIn(shape) + fanOut(shape)))).values(shape, random);
    }

    /** Uniform within [-bound, bound). */
    static Initializer uniform(double bound) {
        return (shape, random) -> () -> random.nextDouble(-bound, bound);
    }

    /**
     * Orthonormal rows or columns, whichever are fewer, of the weight seen as [O, the rest], times a gain. Source: Saxe
     * et al. 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", § 2.
     */
    static Initializer orthogonal(double gain) {
        return (shape, random) -> {
            int rows = Math.toIntExact(requireWeight(shape).dim(0));
            int columns = Math.toIntExact(shape.elements() / rows);
            return Arrays.stream(Orthogonal.draw(rows, columns, gain, random)).iterator()::nextDouble;
        };
    }

    private static double fanIn(Shape shape) {
        return (double) requireWeight(shape).elements() / shape.dim(0);
    }

    private static double fanOut(Shape shape) {
        return (double) requireWeight(shape).elements() / shape.dim(1);
    }

    private static Shape requireWeight(Shape shape) {
        if (shape.rank() < 2) {
            throw new ShapeException("initializer: shape " + shape + " has no fan; a weight has two axes or more");
        }
        return shape;
    }
}
