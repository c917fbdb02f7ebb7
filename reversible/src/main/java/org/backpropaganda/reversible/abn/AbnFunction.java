package org.backpropaganda.reversible.abn;

import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.RunningStatistics;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Batch normalisation and leaky ReLU as one function, whatever is kept of it.
 *
 * <pre>
 * y = γ (x − μ)/√(σ² + ε) + β;  z = y where y &gt; 0, slope·y elsewhere
 * </pre>
 *
 * @param gamma γ [C], whose magnitude is held at ε or above
 * @param beta β [C]
 * @param statistics running ones
 * @param epsilon ε
 * @param slope for negative y
 */
record AbnFunction(Parameter gamma, Parameter beta, RunningStatistics statistics, double epsilon, double slope) {

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
    void normalise(TensorScope scope, Tensor x, Tensor y, Tensor mean, Tensor variance) {
        Tensor scale = scale(scope);
        Kernels.of(y).batchNorm().forwardTraining(x, scale, beta.value(), epsilon, y, mean, variance);
        scale.close();
    }

    /** Rectifies y in its own bytes. */
    void rectify(Tensor y) {
        Kernels.of(y).eltwise().forward(EltwiseKernel.Function.LEAKY_RELU, slope, y, y);
    }

    /** γ as the function uses it: itself, unless a weight has to be held. To be closed. */
    Tensor scale(TensorScope scope) {
        Tensor weight = gamma.value();
        if (!isHeld()) {
            return scope.share(weight);
        }
        Tensor held = scope.allocate(weight.shape(), weight.dtype());
        HostLoop.map(held, w -> held(w), weight);
        return held;
    }

    private boolean isHeld() {
        if (!gamma.value().hasValues()) {
            return false;
        }
        for (double w : gamma.value().toDoubles()) {
            if (Math.abs(w) < epsilon) {
                return true;
            }
        }
        return false;
    }

    /** Refuses a function that is not that of the ops which it is written with. */
    void requireNoneHeld() {
        if (isHeld()) {
            throw new IllegalStateException(
                    "differentiate: inPlaceAbn" + (gamma.path().isEmpty() ? "" : " with " + gamma.path())
                            + " holds the magnitude of a weight at " + epsilon
                            + ", which has no second derivative; use the plain batch norm and activation");
        }
    }

    /** A weight with its magnitude held at ε or above. */
    double held(double weight) {
        return Math.copySign(Math.max(Math.abs(weight), epsilon), weight);
    }
}
