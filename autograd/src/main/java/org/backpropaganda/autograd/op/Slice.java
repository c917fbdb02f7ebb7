package org.backpropaganda.autograd.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
 * A range along an axis.
 *
 * <pre>
 * y     = x[..., from : from + length, ...]
 * shape : x [*, A, *] → y [*, length, *]
 * saves : nothing
 * vjp   : dx[the range] += dy
 * </pre>
 *
 * @param axis non-negative
 * @param from first index
 * @param length how many indices
 */
public record Slice(int axis, long from, long length) implements TwiceDifferentiable {

    /** Indices [from, from + length) along {@code axis}, which may count from the end. */
    public static Variable slice(Variable x, int axis, long from, long length) {
        return x.tape().apply(new Slice(x.shape().axis(axis), from, length), x);
    }

    /** Consecutive parts of the given lengths, which must add up to the size of the axis. */
    public static List<Variable> split(Variable x, int axis, long... lengths) {
        long sum = Arrays.stream(lengths).sum();
        Checks.require(
                sum == x.shape().dim(axis),
                "split",
                "lengths " + Arrays.toString(lengths) + " add up to " + sum + ", axis " + axis + " of " + x.shape()
                        + " has " + x.shape().dim(axis));
        List<Variable> parts = new ArrayList<>(lengths.length);
        long from = 0;
        for (long length : lengths) {
            parts.add(slice(x, axis, from, length));
            from += length;
        }
        return parts;
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        Shape x = in.get(0).shape();
        Checks.require(axis >= 0 && axis < x.rank(), name(), "axis " + axis + " is not one of " + x);
        Checks.require(
                from >= 0 && length >= 1 && length <= x.dim(axis) - from,
                name(),
                length + " indices from " + from + " on are not within axis " + axis + " of " + x);
        return in.get(0).with(x.with(axis, length));
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
        long[] strides = call.input(0).shape().strides();
        call.kernels()
                .copy()
                .copy(y, call.input(0), from * strides[axis], strides, call.output(), 0, y.strides(), false);
    }

    @Override
    public void vjp(BackwardCall call) {
        Shape y = call.dy().shape();
        BackwardCall.Target dx = call.target(0);
        if (!dx.accumulate()) {
            dx.tensor().zero();
        }
        long[] strides = call.spec(0).shape().strides();
        call.kernels()
                .copy()
                .copy(y, call.dy(), 0, y.strides(), dx.tensor(), from * strides[axis], strides, dx.accumulate());
    }

    @Override
    public void gradient(GradientCall call) {
        Shape x = call.spec(0).shape();
        call.give(0, Pad.padAxis(call.dy(), axis, from, x.dim(axis) - from - length));
    }
}
