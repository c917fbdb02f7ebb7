package org.backpropaganda.reversible.abn;

import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.RunningStatistics;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Batch normalisation and an activation as one function, whatever is kept of it.
 *
 * <pre>
 * y = γ (x − μ)/√(σ² + ε) + β;  z = φ(y)
 * </pre>
 *
 * @param gamma γ [C]
 * @param beta β [C]
 * @param statistics running ones
 * @param epsilon ε
 * @param activation φ
 * @param variant how it is differentiated in place
 * @param reconstruction which channels can be had back from z
 * @param warning of channels that cannot be had back
 */
record AbnFunction(
        Parameter gamma,
        Parameter beta,
        RunningStatistics statistics,
        double epsilon,
        InvertibleActivation activation,
        InPlaceAbn.Variant variant,
        Reconstruction reconstruction,
        LayerWarning warning) {

    /** How many values a channel of x has, at least two. */
    long valuesOfAChannel(Tensor x) {
        Shape channels = gamma.value().shape();
        if (x.shape().rank() < 2 || !Shape.of(x.shape().dim(-1)).equals(channels)) {
            throw new ShapeException("inPlaceAbn: x " + x.shape() + " must be [..., " + channels.dim(0) + "]");
        }
        long count = x.elements() / channels.dim(0);
        if (count < 2) {
            throw new ShapeException("inPlaceAbn: x " + x.shape() + " has one value a channel; use a larger batch");
        }
        return count;
    }

    /** Normalises x into y, which may be x itself, and tells the batch's statistics. */
    void normalise(Tensor x, Tensor y, Tensor mean, Tensor variance) {
        Kernels.of(y).batchNorm().forwardTraining(x, gamma.value(), beta.value(), epsilon, y, mean, variance);
    }
}
