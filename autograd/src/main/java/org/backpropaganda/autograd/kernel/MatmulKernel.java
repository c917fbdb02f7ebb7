package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Matrix products. */
@Internal
public interface MatmulKernel {

    /**
     * {@code out = op(a) · op(b) + bias}, or {@code out += …}, where {@code op} transposes or does not.
     *
     * @param a [M, K], or [K, M] if {@code transposeA}. Not modified
     * @param b [K, N], or [N, K] if {@code transposeB}. Not modified
     * @param bias [N], or none. Not modified
     * @param out [M, N]. Modified
     * @param accumulate add to {@code out} instead of overwriting it; then {@code bias} must be absent
     */
    void matmul(
            Tensor a,
            boolean transposeA,
            Tensor b,
            boolean transposeB,
            @Nullable Tensor bias,
            Tensor out,
            boolean accumulate);

    /**
     * {@code out = scale a · b}, or {@code out += …}, for each matrix of stacks with the same two counts.
     *
     * @param a matrices [M, K]. Not modified
     * @param b matrices [K, N]. Not modified
     * @param out matrices [M, N], rows of neighbouring elements. Modified
     */
    void multiply(MatrixStack a, MatrixStack b, double scale, MatrixStack out, boolean accumulate);

    /** What becomes of each element of a product. */
    enum Finish {
        /** x. */
        NONE,
        /** 1 / (1 + exp(-x)). */
        SIGMOID,
        /** Hyperbolic tangent. */
        TANH,
        /** x where x &gt; 0, 0 elsewhere. */
        RELU
    }

    /**
     * {@code out = f(a · b + bias)}, or {@code f(out + a · b + bias)}, of single matrices.
     *
     * @param a [M, K]. Not modified
     * @param b [K, N]. Not modified
     * @param bias [1, N], or none. Not modified
     * @param out [M, N], rows of neighbouring elements. Modified
     * @param accumulate whether {@code out} counts
     */
    void affine(
            MatrixStack a,
            MatrixStack b,
            @Nullable MatrixStack bias,
            Finish finish,
            MatrixStack out,
            boolean accumulate);
}
