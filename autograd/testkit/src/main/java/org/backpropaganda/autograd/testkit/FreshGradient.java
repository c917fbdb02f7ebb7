package org.backpropaganda.autograd.testkit;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** A copy, whose gradient is a copy too: what comes before it receives a gradient that nobody else holds. */
record FreshGradient() implements Op {
    @Override
    public TensorSpec infer(List<TensorSpec> inputs) {
        return inputs.get(0);
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
        call.give(0, dx.copyFrom(call.dy()));
    }
}
