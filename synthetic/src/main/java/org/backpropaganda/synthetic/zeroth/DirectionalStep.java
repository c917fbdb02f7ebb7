package org.backpropaganda.synthetic.zeroth;

import java.util.List;

/**
 * What a step along random directions has seen before it moved the weights. With the seed of the step it says where they went.
 *
 * @param loss of the batch; of {@link Mezo} the mean of all that were computed; NaN in an engine without memory
 * @param slopes derivative of the loss along each direction; what {@link Mezo} calls the projected gradient
 */
public record DirectionalStep(double loss, List<Double> slopes) {
    /** Copies the list. */
    public DirectionalStep {
        slopes = List.copyOf(slopes);
    }
}
