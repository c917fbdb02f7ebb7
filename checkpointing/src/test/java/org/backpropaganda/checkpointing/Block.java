package org.backpropaganda.checkpointing;

import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;

/** A function of several values with parts. */
final class Block extends Module {
    private final UnaryOperator<List<Variable>> function;

    Block(UnaryOperator<List<Variable>> function, Module... parts) {
        this.function = function;
        for (int i = 0; i < parts.length; i++) {
            register("part" + i, parts[i]);
        }
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        return function.apply(inputs);
    }
}
