package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;

/** A row of a table for each number: ids [*] of INT → [*, E], with a parameter weight [V, E]. */
public final class Embedding extends UnaryModule {
    private static final double DEVIATION = 1;

    private final Parameter weight;

    /** Rows drawn from the standard normal distribution. */
    public Embedding(ParameterFactory factory, long rows, long width) {
        this(factory, rows, width, Initializer.normal(DEVIATION));
    }

    /** Rows drawn by {@code initializer}. */
    public Embedding(ParameterFactory factory, long rows, long width, Initializer initializer) {
        weight = register("weight", factory.create(Shape.of(rows, width), initializer));
    }

    /** The table. */
    public Parameter weight() {
        return weight;
    }

    @Override
    protected Variable forward(Variable ids) {
        return org.backpropaganda.autograd.op.Embedding.embedding(ids.tape().parameter(weight), ids);
    }
}
