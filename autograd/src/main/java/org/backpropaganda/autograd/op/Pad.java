package org.backpropaganda.autograd.op;

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
 * A constant around a tensor.
 *
 * <pre>
 * y     = x inside, the constant around it
 * shape : x [*] → y [* + before + after]
 * saves : nothing
 * vjp   : dx += dy inside
 * </pre>
 *
 * @param before,after how many elements to add, for each axis
 * @param value of them
 */
public record Pad(List<Long> before, List<Long> after, double value) implements TwiceDifferentiable {

    /** Zeros behind the channels, the last axis: the shortcut of residual networks where channels grow. */
    public static Variable padChannels(Variable x, long before, long after) {
        int last = x.shape().rank() - 1;
        Checks.require(last >= 0, "pad", "a scalar has no channels");
        return x.tape().apply(new Pad(onAxis(last, last, before), onAxis(last, last, after), 0), x);
    }

    /** Zeros before and behind an axis. */
    static Variable padAxis(Variable x, int axis, long before, long after) {
        int last = x.shape().rank() - 1;
        return x.tape().apply(new Pad(onAxis(last, axis, before), onAxis(last, axis, after), 0), x);
    }

    private static List<Long> onAxis(int last, int chosen, long count) {
        return IntStream.rangeClosed(0, last)
                .mapToObj(axis -> axis == chosen ? count : 0L)
                .toList();
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        Shape x = in.get(0).shape();
        Checks.require(
                before.size() == x.rank() && after.size() == x.rank(),
                name(),
                "before " + before + " and after " + after + " must have a number for each axis of x " + x);
        Checks.require(
                before.stream().allMatch(Pad::isSize) && after.stream().allMatch(Pad::isSize),
                name(),
                "before " + before + " and after " + after + ", around x " + x + ", must be within 0 and 2^40");
        return in.get(0)
                .with(Shape.of(IntStream.range(0, x.rank())
                        .mapToLong(axis -> before.get(axis) + x.dim(axis) + after.get(axis))
                        .toArray()));
    }

    private static boolean isSize(long count) {
        return count >= 0 && count <= 1L << 40;
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    private long offset(Shape y) {
        long[] strides = y.strides();
        return IntStream.range(0, strides.length)
                .mapToLong(axis -> before.get(axis) * strides[axis])
                .sum();
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        Shape x = call.input(0).shape();
        Shape y = call.output().shape();
        call.output().fill(value);
        call.kernels().copy().copy(x, call.input(0), 0, x.strides(), call.output(), offset(y), y.strides(), false);
    }

    @Override
    public void vjp(BackwardCall call) {
        Shape y = call.dy().shape();
        BackwardCall.Target dx = call.target(0);
        Shape x = dx.tensor().shape();
        call.kernels().copy().copy(x, call.dy(), offset(y), y.strides(), dx.tensor(), 0, x.strides(), dx.accumulate());
    }

    @Override
    public void gradient(GradientCall call) {
        Variable inner = call.dy();
        for (int axis = 0; axis < before.size(); axis++) {
            inner = Slice.slice(
                    inner, axis, before.get(axis), call.spec(0).shape().dim(axis));
        }
        call.give(0, inner);
    }
}
