package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.tensor.Tensor;

/** Functions of one element. */
public interface EltwiseKernel {

    /** A function of x, and its derivative from its own value y. */
    enum Function {
        /** x where x &gt; 0, alpha x elsewhere; alpha = 0 is ReLU. The derivative at 0 is alpha. */
        LEAKY_RELU,
        /** x where x &gt; 0, alpha (exp(x) - 1) elsewhere. The derivative at 0 is alpha. */
        ELU,
        /** 1 / (1 + exp(-x)). */
        SIGMOID,
        /** Hyperbolic tangent. */
        TANH,
        /** alpha x. */
        SCALE
    }

    /** {@code y = f(x)}; y may be x itself. */
    void forward(Function function, double alpha, Tensor x, Tensor y);

    /**
     * {@code dx = dy f'(x)}, computed from {@code y = f(x)} alone; dx may be dy itself. Not for {@code SCALE}. For
     * {@code LEAKY_RELU} alpha must be positive.
     */
    void backwardFromOutput(Function function, double alpha, Tensor y, Tensor dy, Tensor dx);
}
