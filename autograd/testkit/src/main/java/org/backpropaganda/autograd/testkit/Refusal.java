package org.backpropaganda.autograd.testkit;

import java.util.List;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Inputs that an op must refuse, with an error that starts with the op's name and shows a shape.
 *
 * @param op with its attributes
 * @param inputs that do not fit it
 */
public record Refusal(Op op, List<TensorSpec> inputs) {
    /** An op must refuse inputs of these shapes and types. */
    public static Refusal of(Op op, TensorSpec... inputs) {
        return new Refusal(op, List.of(inputs));
    }

    /** {@code FLOAT} of the given sizes. */
    public static TensorSpec spec(long... dims) {
        return spec(DType.FLOAT, dims);
    }

    /** A type and sizes. */
    public static TensorSpec spec(DType dtype, long... dims) {
        return new TensorSpec(Shape.of(dims), dtype);
    }

    @Override
    public String toString() {
        return op + " " + inputs;
    }
}
