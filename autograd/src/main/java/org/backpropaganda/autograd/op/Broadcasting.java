package org.backpropaganda.autograd.op;

import java.util.List;
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
}
