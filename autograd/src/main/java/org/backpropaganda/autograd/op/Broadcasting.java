package org.backpropaganda.autograd.op;

import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** The shape rule of ops of two operands. */
final class Broadcasting {
    private Broadcasting() {}

    static TensorSpec infer(String op, List<TensorSpec> in) {
        Checks.count(op, in, 2);
        DType dtype = Checks.dtype(op, in);
        return Checks.named(
                op,
                () -> new TensorSpec(
                        Shape.broadcast(in.get(0).shape(), in.get(1).shape()), dtype));
    }

    /** The sum of a gradient over what was repeated, so that it has the shape of the input again. */
    static Variable undo(Variable gradient, Shape input) {
        Shape whole = gradient.shape();
        if (whole.equals(input)) {
            return gradient;
        }
        Shape aligned = input.padded(whole.rank());
        int[] repeated = IntStream.range(0, whole.rank())
                .filter(axis -> aligned.dim(axis) != whole.dim(axis))
                .toArray();
        Variable sum = repeated.length == 0 ? gradient : Sum.sumKeepingAxes(gradient, repeated);
        return Reshape.reshape(sum, input.toArray());
    }
}
