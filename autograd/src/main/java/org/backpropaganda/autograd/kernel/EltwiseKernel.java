package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/** Functions of one element. */
@Internal
public interface EltwiseKernel {

    /** A function of x, of which some have a derivative from their own value y, others from x. */
    enum Function {
        /** x where x &gt; 0, alpha x elsewhere; alpha = 0 is ReLU. The derivative at 0 is alpha. */
        LEAKY_RELU,
        /** x where x &gt; 0, alpha (exp(x) - 1) elsewhere; alpha is not negative. The derivative at 0 is alpha. */
        ELU,
        /** 1 / (1 + exp(-x)). */
        SIGMOID,
        /** Hyperbolic tangent. */
        TANH,
        /** alpha x. */
        SCALE,
        /** exp(x). */
        EXP,
        /** Natural logarithm. */
        LOG,
        /** Square root. The derivative at 0 is infinite. */
        SQRT,
        /** |x|. */
        ABS,
        /** x to the power alpha. */
        POW,
        /** x Φ(x), Φ the distribution function of the standard normal. */
        GELU,
        /** x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2. */
        GELU_TANH,
        /** x / (1 + exp(-x)). */
        SILU,
        /** log(1 + exp(alpha x)) / alpha; alpha is positive. */
        SOFTPLUS,
        /** x min(max(x + 3, 0), 6) / 6. The derivative at -3 is 0, at 3 it is 1. */
        HARDSWISH
    }

    /** {@code y = f(x)}; y may be x itself. */
    void forward(Function function, double alpha, Tensor x, Tensor y);

    /**
     * {@code dx = dy f'(x)}, computed from {@code y = f(x)} alone; dx may be dy itself. For {@code LEAKY_RELU}, where
     * alpha must be positive, {@code ELU}, {@code SIGMOID}, {@code TANH} and {@code SQRT}.
     */
    void backwardFromOutput(Function function, double alpha, Tensor y, Tensor dy, Tensor dx);

    /**
     * {@code dx = dy f'(x)}, computed from x; dx may be dy itself. For {@code POW}, {@code GELU}, {@code GELU_TANH},
     * {@code SILU} and {@code HARDSWISH}.
     */
    void backwardFromInput(Function function, double alpha, Tensor x, Tensor dy, Tensor dx);
}
