package org.backpropaganda.autograd.testkit;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** A copy of its second input that keeps its first one for a backward which does not look at it. */
record Keeping() implements Op {

    /** Has the tape keep x. */
    static void keep(Variable x, Variable differentiated) {
        x.tape().apply(new Keeping(), x, differentiated);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> inputs) {
        return inputs.get(1);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(0);
    }

    @Override
    public void forward(ForwardCall call) {
        call.output().copyFrom(call.input(1));
    }

    @Override
    public void vjp(BackwardCall call) {
        call.pass(1);
    }
}
