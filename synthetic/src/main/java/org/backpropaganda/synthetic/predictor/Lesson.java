package org.backpropaganda.synthetic.predictor;

import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a predictor is trained on at one tensor h [B, ...] of a boundary.
 *
 * @param prediction ĝ = {@code factor} M, of h's shape. To be overwritten
 * @param target the gradient δ of the step's loss, of h's shape. Not to be modified
 * @param factor what makes a gradient of what the predictor returns: the share of the step that the batch is, over the
 *     number of positions
 * @param losses of the examples, [B], or estimates of them, for predictors that learn these; null where nobody knows them
 */
public record Lesson(
        Tensor prediction,
        Tensor target,
        double factor,
        @Nullable Tensor losses) {

    /** Of a gradient alone. */
    public Lesson(Tensor prediction, Tensor target, double factor) {
        this(prediction, target, factor, null);
    }
}
