package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;

/** Layer normalisation of the last axes: x [..., *] → [..., *], with parameters weight (γ) and bias (β) [*]. */
public final class LayerNorm extends UnaryModule {
    /** PyTorch's default. */
    public static final double EPSILON = 1e-5;

    private final Parameter weight;
    private final Parameter bias;
    private final double epsilon;

    /** Of the last axis, with the usual epsilon. */
    public LayerNorm(ParameterFactory factory, long width) {
        this(factory, Shape.of(width), EPSILON);
    }

    /** Of the last axes. */
    public LayerNorm(ParameterFactory factory, Shape last, double epsilon) {
        this.epsilon = epsilon;
        weight = register("weight", factory.create(last, Initializer.ones()));
        bias = register("bias", factory.create(last, Initializer.zeros()));
    }

    /** γ. */
    public Parameter weight() {
        return weight;
    }

    /** β. */
    public Parameter bias() {
        return bias;
    }

    /** Added to the variance. */
    public double epsilon() {
        return epsilon;
    }

    @Override
    protected Variable forward(Variable x) {
        return org.backpropaganda.autograd.op.LayerNorm.layerNorm(
                x, x.tape().parameter(weight), x.tape().parameter(bias), epsilon);
    }
}
