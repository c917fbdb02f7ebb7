package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.graph.Variable;

/** Leaky rectifier: a layer of its own, because in-place activated batch norm asks for the slope. */
public final class LeakyRelu extends UnaryModule {
    private final double slope;
    private final boolean inPlace;

    /** x where positive, slope · x elsewhere. */
    public LeakyRelu(double slope) {
        this(slope, false);
    }

    private LeakyRelu(double slope, boolean inPlace) {
        this.slope = slope;
        this.inPlace = inPlace;
    }

    /** A leaky rectifier in the bytes of its input, which it consumes; for places where nobody reads the input afterwards. */
    public static LeakyRelu inPlace(double slope) {
        return new LeakyRelu(slope, true);
    }

    /** The factor for negative x. */
    public double slope() {
        return slope;
    }

    @Override
    protected Variable forward(Variable x) {
        return x.tape().apply(new org.backpropaganda.autograd.op.LeakyRelu(slope, inPlace), x);
    }
}
