package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;
import org.jspecify.annotations.Nullable;

/** Affine map of the last axis: x [..., I] → [..., O], with parameters weight [O, I] and perhaps bias [O]. */
public final class Linear extends UnaryModule implements WeightedLayer {
    private final Parameter weight;
    private final @Nullable Parameter bias;

    /** He-normal weights, zero bias. */
    public Linear(ParameterFactory factory, long inputs, long outputs, boolean withBias) {
        this(factory, inputs, outputs, withBias, Initializer.heNormal());
    }

    /** Weights drawn by {@code initializer}, zero bias. */
    public Linear(ParameterFactory factory, long inputs, long outputs, boolean withBias, Initializer initializer) {
        weight = register("weight", factory.create(Shape.of(outputs, inputs), initializer));
        bias = withBias ? register("bias", factory.create(Shape.of(outputs), Initializer.zeros())) : null;
    }

    @Override
    public Parameter weight() {
        return weight;
    }

    @Override
    public Variable callWith(Variable x, Variable w) {
        return bias == null
                ? org.backpropaganda.autograd.op.Linear.linear(x, w)
                : org.backpropaganda.autograd.op.Linear.linear(x, w, x.tape().parameter(bias));
    }

    @Override
    protected Variable forward(Variable x) {
        return callWith(x, x.tape().parameter(weight));
    }
}
