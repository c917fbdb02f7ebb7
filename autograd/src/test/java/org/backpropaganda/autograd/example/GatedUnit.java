package org.backpropaganda.autograd.example;

import static org.backpropaganda.autograd.op.Ops.sigmoid;
import static org.backpropaganda.autograd.op.Ops.times;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.UnaryModule;

/** A gated linear unit with a softplus, as a user writes a block: x [..., I] → [..., O]. */
final class GatedUnit extends UnaryModule {
    private final Linear value;
    private final Linear gate;
    private final Dropout dropout;

    GatedUnit(ParameterFactory factory, long inputs, long outputs) {
        value = register("value", new Linear(factory, inputs, outputs, true));
        gate = register("gate", new Linear(factory, inputs, outputs, false));
        dropout = register("dropout", new Dropout(0.25));
    }

    @Override
    protected Variable forward(Variable x) {
        return dropout.call(times(Softplus.softplus(value.call(x)), sigmoid(gate.call(x))));
    }
}
