package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/** Softmax and its logarithm. */
@Internal
public interface SoftmaxKernel {

    /** Which of the two. */
    enum Function {
        /** {@code exp(x - max) / sum(exp(x - max))}. */
        SOFTMAX,
        /** {@code x - max - log(sum(exp(x - max)))}. */
        LOG_SOFTMAX
    }

    /** Softmax along the last axis; y may be x itself. */
    default void forward(Tensor x, Tensor y) {
        forward(Function.SOFTMAX, x.shape().rank() - 1, x, y);
    }

    /** {@code y = f(x)} along an axis; y may be x itself. */
    void forward(Function function, int axis, Tensor x, Tensor y);

    /**
     * The gradient of {@link #forward}, computed from {@code y = f(x)}; dx may be dy itself: {@code dx = y (dy - sum(y
     * dy))} for {@code SOFTMAX}, {@code dx = dy - exp(y) sum(dy)} for {@code LOG_SOFTMAX}, sums along the axis.
     */
    void backward(Function function, int axis, Tensor y, Tensor dy, Tensor dx);
}
