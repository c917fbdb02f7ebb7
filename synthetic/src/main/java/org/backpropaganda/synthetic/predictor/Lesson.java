package org.backpropaganda.synthetic.predictor;

import org.backpropaganda.autograd.tensor.Tensor;

/**
 * What a predictor is trained on at a boundary h [B, ...].
 *
 * @param prediction ĝ = {@code factor} M, of h's shape. To be overwritten
 * @param target the gradient δ of the step's loss, of h's shape. Not to be modified
 * @param factor what makes a gradient of what the predictor returns: the share of the step that the batch is, over the
 *     number of positions
 */
public record Lesson(Tensor prediction, Tensor target, double factor) {}
