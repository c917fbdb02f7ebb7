package org.backpropaganda.reversible.block;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.Shape;

/** A level of a column: a scale for its stream, parameter alpha [C], and what a function adds to it. */
final class Level extends Module {
    private static final double FIRST_SCALE = 0.5;

    private final Parameter alpha;
    private final Module function;

    Level(ParameterFactory factory, Module function, long channels) {
        alpha = register("alpha", factory.create(Shape.of(channels), Initializer.constant(FIRST_SCALE)));
        this.function = register("", function);
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        List<Variable> results = new ArrayList<>(List.of(inputs.get(0).tape().parameter(alpha)));
        results.addAll(function.call(inputs));
        return results;
    }
}
