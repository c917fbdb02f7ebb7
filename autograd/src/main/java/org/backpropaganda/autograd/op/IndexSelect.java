package org.backpropaganda.autograd.op;

import java.util.Arrays;
import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.LinearOp;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Chosen positions of an axis, in the order of the choice; with each position once it is a permutation, as of channels.
 *
 * <pre>
 * y[..., j, ...] = x[..., positions[j], ...]
 * shape : x [*] → y [* with the number of positions on the axis]
 * saves : nothing
 * vjp   : dx[..., positions[j], ...] += dy[..., j, ...]
 * </pre>
 *
 * @param axis counted from the front
 * @param positions within [0, size of the axis), as often as wanted
 */
public record IndexSelect(int axis, List<Long> positions) implements LinearOp {

    /** x at some positions of an axis, which may be counted from the end. */
    public static Variable indexSelect(Variable x, int axis, long... positions) {
        List<Long> list = Arrays.stream(positions).boxed().toList();
        return x.tape().apply(new IndexSelect(x.shape().axis(axis), list), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        Shape x = in.get(0).shape();
        Checks.require(axis >= 0 && axis < x.rank(), name(), "x " + x + " has no axis " + axis);
        Checks.require(!positions.isEmpty(), name(), "no positions of axis " + axis + " of x " + x + " are given");
        for (long position : positions) {
            Checks.require(
                    position >= 0 && position < x.dim(axis),
                    name(),
                    "position " + position + " is not within axis " + axis + " of x " + x);
        }
        return in.get(0).with(x.with(axis, positions.size()));
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
        Shape x = call.input(0).shape();
        Shape y = call.output().shape();
        for (int j = 0; j < positions.size(); j++) {
            long from = positions.get(j) * x.strides()[axis];
            long to = j * y.strides()[axis];
            call.kernels()
                    .copy()
                    .copy(x.with(axis, 1), call.input(0), from, x.strides(), call.output(), to, y.strides(), false);
        }
    }

    @Override
    public void vjp(BackwardCall call) {
        BackwardCall.Target dx = call.target(0);
        if (!dx.accumulate()) {
            dx.tensor().zero();
        }
        Shape x = dx.tensor().shape();
        Shape y = call.dy().shape();
        for (int j = 0; j < positions.size(); j++) {
            long from = j * y.strides()[axis];
            long to = positions.get(j) * x.strides()[axis];
            call.kernels()
                    .copy()
                    .copy(x.with(axis, 1), call.dy(), from, y.strides(), dx.tensor(), to, x.strides(), true);
        }
    }
}
