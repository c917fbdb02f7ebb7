package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Layer normalisation of rows: x, y [R, C] dense, of any shape with as many elements; gamma, beta [C]; mean, variance [R].
 * Variances are biased (divided by C). Source: Ba et al. 2016, "Layer Normalization", Eq. (3) and (4).
 */
@Internal
public interface LayerNormKernel {

    /**
     * {@code y = gamma (x - mean) / sqrt(variance + epsilon) + beta} with the statistics of each row.
     *
     * @param y may be x itself. Modified
     * @param mean,variance of the rows. Modified
     */
    void forward(Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance);

    /**
     * Gradients through the statistics.
     *
     * @param dx may be dy itself. Modified
     * @param dGamma,dBeta overwritten; both or neither
     */
    void backward(
            Tensor x,
            Tensor mean,
            Tensor variance,
            Tensor gamma,
            double epsilon,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dGamma,
            @Nullable Tensor dBeta);
}
