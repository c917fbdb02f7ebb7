package org.backpropaganda.synthetic.recurrent;

import org.backpropaganda.autograd.graph.Gradients;

/**
 * What a step over a window of a sequence gave. Gradients of the predictor are apart, so that clipping the model's by their
 * norm does not depend on what the predictor has still to learn.
 *
 * @param loss of the window, without the auxiliary one
 * @param gradients of the model's parameters, and of the auxiliary head
 * @param ofPredictor gradients of the predictor's parameters
 */
public record WindowStep(double loss, Gradients gradients, Gradients ofPredictor) implements AutoCloseable {

    /** Frees the gradients. */
    @Override
    public void close() {
        gradients.close();
        ofPredictor.close();
    }
}
