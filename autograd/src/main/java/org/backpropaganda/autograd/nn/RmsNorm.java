package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;

/** Normalisation by the root mean square of the last axis: x [..., C] → [..., C], with a parameter weight (γ) [C]. */
public final class RmsNorm extends UnaryModule {
    /** That of the paper's implementation in single precision. */
    public static final double EPSILON = 1e-6;

    private final Parameter weight;
    private final double epsilon;

    /** With the usual epsilon. */
    public RmsNorm(ParameterFactory factory, long width) {
        this(factory, width, EPSILON);
    }

    /** All choices. */
    public RmsNorm(ParameterFactory factory, long width, double epsilon) {
        this.epsilon = epsilon;
        weight = register("weight", factory.create(Shape.of(width), Initializer.ones()));
    }

    /** γ. */
    public Parameter weight() {
        return weight;
    }

    /** Added to the mean square. */
    public double epsilon() {
        return epsilon;
    }

    @Override
    protected Variable forward(Variable x) {
        return org.backpropaganda.autograd.op.RmsNorm.rmsNorm(x, x.tape().parameter(weight), epsilon);
    }
}
