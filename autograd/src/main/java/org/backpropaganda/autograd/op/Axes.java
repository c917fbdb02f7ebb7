package org.backpropaganda.autograd.op;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.backpropaganda.autograd.tensor.Shape;

/** Sets of axes. */
final class Axes {
    private Axes() {}

    /** Non-negative, ascending, without repeats; all of them where none is given. */
    static List<Integer> of(Shape shape, int... axes) {
        IntStream chosen = axes.length == 0
                ? IntStream.range(0, shape.rank())
                : Arrays.stream(axes).map(shape::axis).sorted().distinct();
        return chosen.boxed().toList();
    }

    /** The shape without the axes, or with size 1 along them. */
    static Shape removed(String op, Shape shape, List<Integer> axes, boolean keep) {
        axes.forEach(axis ->
                Checks.require(axis >= 0 && axis < shape.rank(), op, "axis " + axis + " is not one of " + shape));
        LongStream sizes = IntStream.range(0, shape.rank())
                .filter(axis -> keep || !axes.contains(axis))
                .mapToLong(axis -> axes.contains(axis) ? 1 : shape.dim(axis));
        return Shape.of(sizes.toArray());
    }
}
