package org.backpropaganda.autograd.op;

import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.LinearOp;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Elements of an axis, each chosen by a number of its own, as PyTorch's {@code gather}.
 *
 * <pre>
 * y[..., i, ...] = x[..., index[..., i, ...], ...]
 * shape : x [*, A, *], index [*, B, *] of INT in [0, A), along other axes at most as long as x → y [*, B, *]
 * saves : index
 * vjp   : dx[..., index[..., i, ...], ...] += dy[..., i, ...], in row-major order
 * </pre>
 *
 * @param axis counted from the front
 */
public record Gather(int axis) implements LinearOp {

    /** The elements that {@code index} names along an axis, which may be counted from the end. */
    public static Variable gather(Variable x, int axis, Variable index) {
        return x.tape().apply(new Gather(x.shape().axis(axis)), x, index);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 2);
        Checks.dtype(name(), in.subList(0, 1));
        Checks.require(in.get(1).dtype() == DType.INT, name(), "index " + in.get(1) + " must be INT");
        Shape x = in.get(0).shape();
        Shape index = in.get(1).shape();
        Checks.require(axis >= 0 && axis < x.rank(), name(), "x " + x + " has no axis " + axis);
        Checks.require(
                index.rank() == x.rank()
                        && IntStream.range(0, x.rank()).allMatch(d -> d == axis || index.dim(d) <= x.dim(d)),
                name(),
                "index " + index + " must have the axes of x " + x + ", none longer but axis " + axis);
        return in.get(0).with(index);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(1);
    }

    private interface Visit {
        /** Element {@code number} of y comes from element {@code from} of x. */
        void accept(int number, int from);
    }

    private void forEach(Shape x, Tensor index, Visit visit) {
        int count = Math.toIntExact(index.elements());
        HostLoop.Row chosen = HostLoop.row(index, 0, count);
        long[] strides = x.strides();
        long[] sizes = index.shape().toArray();
        long[] place = new long[sizes.length];
        long size = x.dim(axis);
        long stride = strides[axis];
        strides[axis] = 0;
        long line = 0;
        for (int number = 0; number < count; number++) {
            long position = (long) chosen.get(number);
            if (position < 0 || position >= size) {
                throw new ShapeException(name() + ": index " + position + " at element " + number
                        + " is not within [0, " + size + "), axis " + axis + " of x " + x);
            }
            visit.accept(number, Math.toIntExact(line + position * stride));
            for (int d = sizes.length - 1; d >= 0; d--) {
                place[d]++;
                line += strides[d];
                if (place[d] < sizes[d]) {
                    break;
                }
                line -= place[d] * strides[d];
                place[d] = 0;
            }
        }
    }

    private static HostLoop.Row all(Tensor tensor) {
        return HostLoop.row(tensor, 0, Math.toIntExact(tensor.elements()));
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        HostLoop.Row x = all(call.input(0));
        HostLoop.Row y = all(call.output());
        forEach(call.input(0).shape(), call.input(1), (number, from) -> y.set(number, x.get(from)));
    }

    @Override
    public void vjp(BackwardCall call) {
        BackwardCall.Target target = call.target(0);
        if (!target.accumulate()) {
            target.tensor().zero();
        }
        HostLoop.Row dx = all(target.tensor());
        HostLoop.Row dy = all(call.dy());
        forEach(call.spec(0).shape(), call.input(1), (number, from) -> dx.set(from, dx.get(from) + dy.get(number)));
    }
}
