package org.backpropaganda.autograd.op;

import java.util.Arrays;
import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.LinearOp;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Rows of a table.
 *
 * <pre>
 * y[..., :] = w[ids[...], :]
 * shape : w [V, E], ids [*] of INT in [0, V) → y [*, E]
 * saves : ids
 * vjp   : dw[ids[...], :] += dy[..., :], in the order of the ids: only rows that occur are touched
 * </pre>
 */
public record Embedding() implements LinearOp {

    /** The rows that {@code ids} name. */
    public static Variable embedding(Variable w, Variable ids) {
        return w.tape().apply(new Embedding(), w, ids);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 2);
        Checks.dtype(name(), in.subList(0, 1));
        Checks.rank(name(), "w", in.get(0), 2, "[V, E]");
        Checks.require(in.get(1).dtype() == DType.INT, name(), "ids " + in.get(1) + " must be INT");
        long[] ids = in.get(1).shape().toArray();
        long[] sizes = Arrays.copyOf(ids, ids.length + 1);
        sizes[ids.length] = in.get(0).shape().dim(1);
        return in.get(0).with(Shape.of(sizes));
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(1);
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor w = call.input(0);
        Tensor ids = call.input(1);
        int width = Math.toIntExact(w.shape().dim(1) * w.dtype().bytes(1));
        int count = Math.toIntExact(ids.elements());
        HostLoop.Row numbers = HostLoop.row(ids, 0, count);
        for (int i = 0; i < count; i++) {
            long id = (long) numbers.get(i);
            Checks.require(
                    id >= 0 && id < w.shape().dim(0),
                    name(),
                    "id " + id + " at index " + i + " is not within [0, "
                            + w.shape().dim(0) + ")");
            call.output().buffer((long) i * width, width).put(w.buffer(id * width, width));
        }
    }

    @Override
    public void vjp(BackwardCall call) {
        if (!call.needs(0)) {
            return;
        }
        BackwardCall.Target dw = call.target(0);
        if (!dw.accumulate()) {
            dw.tensor().zero();
        }
        Tensor ids = call.input(1);
        int width = Math.toIntExact(call.spec(0).shape().dim(1));
        int count = Math.toIntExact(ids.elements());
        HostLoop.Row numbers = HostLoop.row(ids, 0, count);
        for (int i = 0; i < count; i++) {
            HostLoop.Row from = HostLoop.row(call.dy(), i, width);
            HostLoop.Row to = HostLoop.row(dw.tensor(), (long) numbers.get(i), width);
            for (int c = 0; c < width; c++) {
                to.set(c, to.get(c) + from.get(c));
            }
        }
    }
}
