package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Dropout.Unit;

/** Dropout in training, the identity in evaluation. The mask follows from the call's key: nothing is stored. */
public final class Dropout extends UnaryModule {
    private final double probability;
    private final Unit unit;

    /** Zeroes elements with the given probability, in [0, 1). */
    public Dropout(double probability) {
        this(probability, Unit.ELEMENT);
    }

    private Dropout(double probability, Unit unit) {
        this.probability = new org.backpropaganda.autograd.op.Dropout(probability, 0).probability();
        this.unit = unit;
    }

    /** Zeroes whole channels of x [N, ..., C], each in each image alone. */
    public static Dropout ofChannels(double probability) {
        return new Dropout(probability, Unit.CHANNEL);
    }

    /** Zeroes whole images of x [N, ...]: stochastic depth, as the last link of a residual block's body. */
    public static Dropout stochasticDepth(double probability) {
        return new Dropout(probability, Unit.IMAGE);
    }

    @Override
    protected Variable forward(Variable x) {
        return x.tape().isTraining() && probability > 0
                ? x.tape()
                        .apply(
                                new org.backpropaganda.autograd.op.Dropout(
                                        probability, x.tape().key(), unit),
                                x)
                : x;
    }
}
