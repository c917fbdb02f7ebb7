package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.graph.Variable;

/** Leaky rectifier: a layer of its own, because in-place activated batch norm asks for the slope. */
public final class LeakyRelu extends UnaryModule {
    private final double slope;

    /** x where positive, slope · x elsewhere. */
    public LeakyRelu(double slope) {
        this.slope = slope;
    }

    /** The factor for negative x. */
    public double slope() {
        return slope;
    }

    @Override
    protected Variable forward(Variable x) {
        return org.backpropaganda.autograd.op.LeakyRelu.leakyRelu(x, slope);
    }
}
