package org.backpropaganda.autograd.testkit;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** An op that declares other saves, or whose backward begins with a look at what it can reach. */
record ChangedOp(Op op, UnaryOperator<Saves> changed, Consumer<BackwardCall> before) implements Op {
    static ChangedOp saving(Op op, UnaryOperator<Saves> changed) {
        return new ChangedOp(op, changed, call -> {});
    }

    static ChangedOp spied(Op op, Consumer<BackwardCall> before) {
        return new ChangedOp(op, UnaryOperator.identity(), before);
    }

    @Override
    public String name() {
        return op.name();
    }

    @Override
    public TensorSpec infer(List<TensorSpec> inputs) {
        return op.infer(inputs);
    }

    @Override
    public Saves saves(Operands operands) {
        return changed.apply(op.saves(operands));
    }

    @Override
    public boolean isView() {
        return op.isView();
    }

    @Override
    public void forward(ForwardCall call) {
        op.forward(call);
    }

    @Override
    public void vjp(BackwardCall call) {
        before.accept(call);
        op.vjp(call);
    }
}
