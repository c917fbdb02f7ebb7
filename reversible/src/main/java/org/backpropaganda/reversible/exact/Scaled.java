package org.backpropaganda.reversible.exact;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Scale;

/** A function times a number, under the names of the function alone. */
final class Scaled extends UnaryModule {
    private final Module function;
    private final double factor;

    Scaled(Module function, double factor) {
        this.function = register("", function);
        this.factor = factor;
    }

    @Override
    protected Variable forward(Variable x) {
        return Scale.scale(function.call(x), factor);
    }
}
