package org.backpropaganda.autograd.nn;

import java.util.Optional;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Adds to each position waves of its number: x [..., L, E] → [..., L, E].
 *
 * <pre>
 * y[..., p, 2i]     = x[..., p, 2i] + sin(p / 10000^(2i / E))
 * y[..., p, 2i + 1] = x[..., p, 2i + 1] + cos(p / 10000^(2i / E))
 * </pre>
 *
 * <p>The table is no part of what is stored with the model. Source: Vaswani et al. 2017, "Attention Is All You Need",
 * § 3.5.
 */
public final class SinusoidalEncoding extends UnaryModule implements AxisMixing {
    private static final double LONGEST = 10_000;

    private final Tensor table;

    /**
     * For sequences of up to {@code longest} positions.
     *
     * @param width E
     */
    public SinusoidalEncoding(ParameterFactory factory, long longest, long width) {
        Shape shape = Shape.of(longest, width);
        table = factory.scope().allocate(shape, factory.dtype(), MemoryKind.PARAMETER);
        long[] next = {0};
        table.fill(() -> {
            long position = next[0] / width;
            long column = next[0]++ % width;
            double angle = position / Math.pow(LONGEST, (double) (column - column % 2) / width);
            return column % 2 == 0 ? Math.sin(angle) : Math.cos(angle);
        });
    }

    @Override
    public Optional<String> mixes(int axis, boolean batchStatistics) {
        return axis == 1 ? Optional.of("adds what depends on the position") : Optional.empty();
    }

    @Override
    protected Variable forward(Variable x) {
        return addFirst("SinusoidalEncoding", x, x.tape().constant(table));
    }

    /** x and the first rows of a table, one a position. */
    static Variable addFirst(String name, Variable x, Variable table) {
        long longest = table.shape().dim(0);
        long width = table.shape().dim(1);
        int rank = x.shape().rank();
        if (rank < 2 || x.shape().dim(-1) != width || x.shape().dim(-2) > longest) {
            throw new ShapeException(
                    name + ": x " + x.shape() + " must be [..., L, " + width + "], L at most " + longest);
        }
        long length = x.shape().dim(-2);
        return Add.add(x, length == longest ? table : Slice.slice(table, 0, 0, length));
    }
}
