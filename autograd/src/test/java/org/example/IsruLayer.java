package org.example;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Ops;

/** A layer with gated activations, as a user adds one: x [..., I] → [..., O]. */
final class IsruLayer extends UnaryModule {
    private final Linear linear;
    private final Linear gate;

    IsruLayer(ParameterFactory factory, long inputs, long outputs) {
        linear = register("linear", new Linear(factory, inputs, outputs, true));
        gate = register("gate", new Linear(factory, inputs, outputs, true));
    }

    @Override
    protected Variable forward(Variable x) {
        return Ops.times(Isru.isru(linear.call(x), 1), Ops.sigmoid(gate.call(x)));
    }
}
