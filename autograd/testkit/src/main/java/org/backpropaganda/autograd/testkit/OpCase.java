package org.backpropaganda.autograd.testkit;

import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * An op with inputs, for {@link OpContract}.
 *
 * @param name of the test
 * @param op with its attributes
 * @param inputs in order
 */
public record OpCase(String name, Op op, List<Input> inputs) {
    /** A case named by its op and shapes. */
    public static OpCase of(Op op, Input... inputs) {
        return new OpCase(op + " " + List.of(inputs), op, List.of(inputs));
    }

    /** With a name that says what is special about it. */
    public OpCase named(String what) {
        return new OpCase(what + ": " + name, op, inputs);
    }

    List<TensorSpec> specs(DType dtype) {
        return inputs.stream()
                .map(input -> new TensorSpec(input.shape(), input.dtype(dtype)))
                .toList();
    }

    List<Integer> differentiable() {
        return IntStream.range(0, inputs.size())
                .filter(i -> inputs.get(i).differentiable())
                .boxed()
                .toList();
    }

    int[] constants() {
        return IntStream.range(0, inputs.size())
                .filter(i -> !inputs.get(i).differentiable())
                .toArray();
    }

    @Override
    public String toString() {
        return name;
    }
}
