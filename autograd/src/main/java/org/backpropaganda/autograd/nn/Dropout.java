package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.graph.Variable;

/** Dropout in training, the identity in evaluation. The mask follows from the call's key: nothing is stored. */
public final class Dropout extends UnaryModule {
    private final double probability;

    /** Zeroes with the given probability, in [0, 1). */
    public Dropout(double probability) {
        this.probability = new org.backpropaganda.autograd.op.Dropout(probability, 0).probability();
    }

    @Override
    protected Variable forward(Variable x) {
        return x.tape().isTraining() && probability > 0
                ? org.backpropaganda.autograd.op.Dropout.dropout(
                        x, probability, x.tape().key())
                : x;
    }
}
