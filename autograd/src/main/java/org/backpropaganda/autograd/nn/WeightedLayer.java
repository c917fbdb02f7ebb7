package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;

/** A layer that is linear in a weight, which a wrapper may replace by a function of it. */
public interface WeightedLayer {

    /** The weight, outputs first: [O, ...]. */
    Parameter weight();

    /**
     * What the layer computes with another weight.
     *
     * @param x the input of a call of the layer
     * @param weight of the shape of {@link #weight()}
     */
    Variable callWith(Variable x, Variable weight);
}
