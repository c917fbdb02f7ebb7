package org.backpropaganda.autograd.testkit;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.LongStream;
import org.backpropaganda.autograd.kernel.SignBits;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * An input of a test case: a shape, and how its values are drawn. Values are floats even in {@code DOUBLE}, so that both
 * types compute on the same numbers.
 *
 * @param shape the sizes
 * @param type of the elements; none for the type that the test is about
 * @param differentiable whether gradients are computed for it
 * @param values draws the values
 */
public record Input(Shape shape, @Nullable DType type, boolean differentiable, Values values) {
    /** Draws values, row-major. */
    @FunctionalInterface
    public interface Values {
        /** As many values as the shape has elements. */
        double[] draw(Shape shape, SplittableRandom random);
    }

    /** Differentiable, values uniform in [-2, 2). */
    public static Input in(long... dims) {
        return in(Shape.of(dims));
    }

    /** Differentiable, values uniform in [-2, 2). */
    public static Input in(Shape shape) {
        return new Input(shape, null, true, uniform(-2, 2));
    }

    /** Class labels, uniform in [0, classes). */
    public static Input labels(int classes, long... dims) {
        return new Input(
                Shape.of(dims),
                DType.INT,
                false,
                (shape, random) -> random.ints(shape.elements(), 0, classes)
                        .asDoubleStream()
                        .toArray());
    }

    /** One bit each, drawn at random. */
    public static Input bits(long... dims) {
        return new Input(Shape.of(dims), DType.BIT, false, uniform(-1, 1));
    }

    private static Values uniform(double low, double high) {
        return (shape, random) -> random.doubles(shape.elements(), low, high).toArray();
    }

    /** With values uniform in [low, high). */
    public Input within(double low, double high) {
        return with(uniform(low, high));
    }

    /** With these values, row-major. */
    public Input of(double... exactly) {
        return with((shape, random) -> exactly.clone());
    }

    /** With values at least {@code distance} away from a kink. */
    public Input awayFrom(double kink, double distance) {
        return mapped(x -> Math.abs(x - kink) >= distance ? x : kink + Math.copySign(distance, x - kink));
    }

    /** With values at least 0.05 away from zero. */
    public Input awayFromZero() {
        return awayFrom(0, 0.05);
    }

    /** With values that all differ by at least 1/64, in random order: for maxima. */
    public Input distinct() {
        return with((shape, random) -> {
            double[] drawn = LongStream.range(0, shape.elements())
                    .mapToDouble(i -> (i - shape.elements() / 2) / 64.0)
                    .toArray();
            for (int i = drawn.length - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                double swapped = drawn[i];
                drawn[i] = drawn[j];
                drawn[j] = swapped;
            }
            return drawn;
        });
    }

    /** With each value changed after drawing. */
    public Input mapped(DoubleUnaryOperator change) {
        return with((drawnShape, random) ->
                Arrays.stream(values.draw(drawnShape, random)).map(change).toArray());
    }

    /** With values drawn so. */
    public Input with(Values drawn) {
        return new Input(shape, type, differentiable, drawn);
    }

    /** Without a gradient. */
    public Input constant() {
        return new Input(shape, type, false, values);
    }

    /** The element type in a test about {@code dtype}. */
    public DType dtype(DType dtype) {
        return type == null ? dtype : type;
    }

    /** A temporary tensor of this input's values. */
    public Tensor draw(TensorScope scope, DType dtype, SplittableRandom random) {
        double[] drawn = values.draw(shape, random);
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = (float) drawn[i];
        }
        if (type == DType.BIT) {
            Tensor signs = scope.allocate(shape, DType.FLOAT).set(drawn);
            Tensor bits = scope.allocate(shape, type);
            SignBits.pack(signs, bits);
            signs.close();
            return bits;
        }
        return scope.allocate(shape, dtype(dtype)).set(drawn);
    }

    @Override
    public String toString() {
        return (type == null ? "" : type) + shape.toString() + (differentiable || type != null ? "" : " constant");
    }
}
