package org.backpropaganda.reversible.block;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Module;

/** A body of a normalised first input, and of the others as they are, with dropout of what it gives. */
final class PreNormed extends Module {
    private final Module norm;
    private final Module body;
    private final Dropout dropout;

    PreNormed(Module norm, Module body, double dropout) {
        this.norm = register("norm", norm);
        this.body = register("", body);
        this.dropout = register("dropout", new Dropout(dropout));
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Variable normed = norm.call(inputs.get(0));
        List<Variable> entered = new ArrayList<>(List.of(normed));
        entered.addAll(inputs.subList(1, inputs.size()));
        Variable y = body.call(entered).get(0);
        Variable dropped = dropout.call(y);
        Liveness.letGo(List.of(normed, y), inputs, List.of(dropped));
        return List.of(dropped);
    }
}
