package org.backpropaganda.autograd.op;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Axes in another order.
 *
 * <pre>
 * y[i_p(0), i_p(1), …] = x[i_0, i_1, …]
 * shape : x [*] → y [* permuted]
 * saves : nothing
 * vjp   : dx += dy with the axes put back
 * </pre>
 *
 * @param order axis {@code order[i]} of x becomes axis i of y
 */
public record Transpose(List<Integer> order) implements TwiceDifferentiable {

    /** x with its axes in the given order; the last two swapped where none is given. */
    public static Variable transpose(Variable x, int... order) {
        int rank = x.shape().rank();
        List<Integer> axes;
        if (order.length == 0) {
            Checks.require(rank >= 2, "transpose", x.shape() + " has no two axes to swap");
            axes = IntStream.range(0, rank)
                    .map(i -> i < rank - 2 ? i : 2 * rank - 3 - i)
                    .boxed()
                    .toList();
        } else {
            axes = Arrays.stream(order).map(x.shape()::axis).boxed().toList();
        }
        return x.tape().apply(new Transpose(axes), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        Shape x = in.get(0).shape();
        Checks.require(
                order.stream()
                        .sorted()
                        .toList()
                        .equals(IntStream.range(0, x.rank()).boxed().toList()),
                name(),
                order + " is no order of the axes of " + x);
        return in.get(0).with(Shape.of(order.stream().mapToLong(x::dim).toArray()));
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        Shape y = call.output().shape();
        long[] from = permutedStrides(call.input(0).shape());
        call.kernels().copy().copy(y, call.input(0), 0, from, call.output(), 0, y.strides(), false);
    }

    private long[] permutedStrides(Shape x) {
        long[] strides = x.strides();
        return order.stream().mapToLong(axis -> strides[axis]).toArray();
    }

    @Override
    public void vjp(BackwardCall call) {
        Shape y = call.dy().shape();
        BackwardCall.Target dx = call.target(0);
        long[] to = permutedStrides(call.spec(0).shape());
        call.kernels().copy().copy(y, call.dy(), 0, y.strides(), dx.tensor(), 0, to, dx.accumulate());
    }

    @Override
    public void gradient(GradientCall call) {
        List<Integer> back =
                IntStream.range(0, order.size()).map(order::indexOf).boxed().toList();
        call.give(0, call.tape().apply(new Transpose(back), call.dy()));
    }
}
