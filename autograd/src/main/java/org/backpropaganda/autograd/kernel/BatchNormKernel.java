package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation over all axes but the last: x, y [..., C]; gamma, beta, mean, variance [C]. Variances are biased
 * (divided by the count). Source: Ioffe and Szegedy 2015, "Batch Normalization", Algorithm 1.
 */
public interface BatchNormKernel {

    /**
     * {@code y = gamma (x - mean) / sqrt(variance + epsilon) + beta} with the statistics of this batch.
     *
     * @param y may be x itself. Modified
     * @param mean,variance of the batch. Modified
     */
    void forwardTraining(Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance);

    /** The same with given statistics. y may be x itself. */
    void forwardInference(Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance);

    /**
     * Gradients through the batch's statistics, or with them held constant.
     *
     * @param constantStatistics whether mean and variance are constants (evaluation) or functions of x (training)
     * @param dx may be dy itself. Modified
     * @param dGamma,dBeta overwritten; both or neither
     */
    void backward(
            Tensor x,
            Tensor mean,
            Tensor variance,
            Tensor gamma,
            double epsilon,
            boolean constantStatistics,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dGamma,
            @Nullable Tensor dBeta);
}
