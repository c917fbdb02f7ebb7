package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.tensor.Tensor;

/** Softmax over the last axis. */
public interface SoftmaxKernel {

    /** {@code y = exp(x - max) / sum(exp(x - max))} along the last axis; y may be x itself. */
    void forward(Tensor x, Tensor y);

    /** {@code dx = y (dy - sum(dy y))} along the last axis; dx may be dy itself. */
    void backward(Tensor y, Tensor dy, Tensor dx);
}
