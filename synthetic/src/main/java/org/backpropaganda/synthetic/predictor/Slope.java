package org.backpropaganda.synthetic.predictor;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Where backward of what a predictor is trained on begins.
 *
 * @param result of the predictor's call
 * @param gradient of the regression with respect to it, of its shape
 */
public record Slope(Variable result, Tensor gradient) {}
