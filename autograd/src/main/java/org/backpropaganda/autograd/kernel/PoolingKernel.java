package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Pooling over windows of images; x [N, H, W, C], y [N, H', W', C]. Padding never wins a maximum. */
@Internal
public interface PoolingKernel {

    /**
     * The maximum of each window; of equal values the first in row-major order of the window. NaN is larger than any number,
     * and of several the last is taken, as in PyTorch. A window without a pixel has −∞ and no gradient.
     *
     * @param indices where the maximum lay, as the tap's number in the window (row-major); {@code BYTE} of the shape of
     *     y, or none. Modified
     */
    void maxForward(Window window, Tensor x, Tensor y, @Nullable Tensor indices);

    /** Gradient of {@link #maxForward}: dx is overwritten. */
    void maxBackward(Window window, Tensor dy, Tensor indices, Tensor dx);

    /** The mean of each window, over all its taps ({@code countPadding}) or over those inside the image. */
    void averageForward(Window window, boolean countPadding, Tensor x, Tensor y);

    /** Gradient of {@link #averageForward}: dx is overwritten. */
    void averageBackward(Window window, boolean countPadding, Tensor dy, Tensor dx);
}
