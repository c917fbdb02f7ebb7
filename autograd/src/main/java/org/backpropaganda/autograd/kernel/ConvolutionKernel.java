package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Two-dimensional convolution (cross-correlation, as everywhere in deep learning) and its gradients. */
@Internal
public interface ConvolutionKernel {

    /**
     * {@code y = x * w + bias}.
     *
     * @param x [N, H, W, I]. Not modified
     * @param w [O, I/groups, kH, kW]. Not modified
     * @param bias [O], or none. Not modified
     * @param y [N, H', W', O]. Modified
     */
    void forward(Window window, int groups, Tensor x, Tensor w, @Nullable Tensor bias, Tensor y);

    /**
     * Gradient of the input, overwritten or added to.
     *
     * @param dy [N, H', W', O]. Not modified
     * @param dx [N, H, W, I]. Modified
     */
    void backwardData(Window window, int groups, Tensor dy, Tensor w, Tensor dx, boolean accumulate);

    /**
     * Gradient of the weights, overwritten or added to.
     *
     * @param dw [O, I/groups, kH, kW]. Modified
     */
    void backwardWeights(Window window, int groups, Tensor x, Tensor dy, Tensor dw, boolean accumulate);
}
