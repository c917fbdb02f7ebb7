package org.backpropaganda.autograd.testkit.random;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** A copy that says it is twice as steep. */
record Steeper() implements Op {
    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public void forward(ForwardCall call) {
        call.output().copyFrom(call.input(0));
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.temporary(call.dy().shape(), call.dy().dtype());
        HostLoop.map(dx, (a, same) -> 2 * a, call.dy(), call.dy());
        call.give(0, dx);
    }
}
