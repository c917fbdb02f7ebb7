package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Tensors joined along an axis.
 *
 * <pre>
 * shape : x_i [*, A_i, *] → y [*, Σ A_i, *]
 * saves : nothing
 * vjp   : dx_i += the part of dy
 * </pre>
 *
 * @param axis non-negative
 */
public record Concat(int axis) implements TwiceDifferentiable {

    /** The given tensors one after another along {@code axis}, which may count from the end. */
    public static Variable concat(int axis, Variable... parts) {
        Checks.require(parts.length > 0, "concat", "there is nothing to join");
        return parts[0].tape().apply(new Concat(parts[0].shape().axis(axis)), parts);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.require(!in.isEmpty(), name(), "there is nothing to join");
        Checks.dtype(name(), in);
        Shape first = in.get(0).shape();
        Checks.require(axis >= 0 && axis < first.rank(), name(), "axis " + axis + " is not one of " + first);
        long size = 0;
        for (TensorSpec part : in) {
            Checks.require(
                    part.shape().rank() == first.rank()
                            && part.shape().with(axis, 1).equals(first.with(axis, 1)),
                    name(),
                    "parts may differ along axis " + axis + " only: " + in);
            size += part.shape().dim(axis);
        }
        return in.get(0).with(first.with(axis, size));
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
        long[] strides = call.output().shape().strides();
        long offset = 0;
        for (Tensor part : call.inputs()) {
            call.kernels()
                    .copy()
                    .copy(part.shape(), part, 0, part.shape().strides(), call.output(), offset, strides, false);
            offset += part.shape().dim(axis) * strides[axis];
        }
    }

    @Override
    public void vjp(BackwardCall call) {
        long[] strides = call.dy().shape().strides();
        long offset = 0;
        for (int i = 0; i < call.inputs(); i++) {
            Shape part = call.spec(i).shape();
            if (call.needs(i)) {
                BackwardCall.Target dx = call.target(i);
                call.kernels()
                        .copy()
                        .copy(part, call.dy(), offset, strides, dx.tensor(), 0, part.strides(), dx.accumulate());
            }
            offset += part.dim(axis) * strides[axis];
        }
    }

    @Override
    public void gradient(GradientCall call) {
        long from = 0;
        for (int i = 0; i < call.inputs(); i++) {
            long length = call.spec(i).shape().dim(axis);
            if (call.needs(i)) {
                call.give(i, Slice.slice(call.dy(), axis, from, length));
            }
            from += length;
        }
    }
}
