package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation over all axes but the last: x, y [..., C]; gamma, beta, mean, variance [C]. Variances are biased
 * (divided by the count). Source: Ioffe and Szegedy 2015, "Batch Normalization", Algorithm 1.
 */
@Internal
public interface BatchNormKernel {

    /**
     * What was normalised, and by what.
     *
     * @param x [..., C]. Not modified
     * @param mean,variance [C], of the batch or given. Not modified
     * @param gamma [C]. Not modified
     * @param epsilon added to the variance
     */
    record Normalised(Tensor x, Tensor mean, Tensor variance, Tensor gamma, double epsilon) {}

    /**
     * The gradient that comes, and where those that follow from it go.
     *
     * @param dy [..., C]. Not modified, unless it is dx
     * @param dx may be dy itself. Modified
     * @param dGamma,dBeta [C]; both or neither. Overwritten
     */
    record Slopes(
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dGamma,
            @Nullable Tensor dBeta) {}

    /**
     * {@code y = gamma (x - mean) / sqrt(variance + epsilon) + beta} with the statistics of this batch.
     *
     * @param y may be x itself. Modified
     * @param mean,variance of the batch. Modified
     */
    void forwardTraining(Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance);

    /** {@code y = gamma (x - mean) / sqrt(variance + epsilon) + beta} with given statistics; y may be x itself. */
    void forwardInference(Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance);

    /**
     * The y of {@link #forwardTraining} to the bit, in one pass.
     *
     * @param y may be x itself. Modified
     * @param mean,variance that it told. Not modified
     */
    default void forwardAgain(
            Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance) {
        forwardInference(x, gamma, beta, epsilon, y, mean, variance);
    }

    /**
     * Gradients through the batch's statistics, or with them held constant.
     *
     * @param constantStatistics whether mean and variance are constants (evaluation) or functions of x (training)
     */
    void backward(Normalised of, boolean constantStatistics, Slopes slopes);

    /**
     * {@link #forwardTraining} and a ReLU behind it; NaN stays NaN, and its gradient passes the ReLU.
     *
     * @param y may be x itself. Modified
     * @param positive {@code BIT}, as many as x has elements: which results are positive, in an order of the kernel's
     *     own. Modified
     */
    default void forwardTrainingRelu(
            Tensor x,
            Tensor gamma,
            Tensor beta,
            double epsilon,
            Tensor y,
            Tensor mean,
            Tensor variance,
            Tensor positive) {
        forwardTraining(x, gamma, beta, epsilon, y, mean, variance);
        if (!rectify(y, gamma, beta, mean, variance)) {
            SignBits.pack(y, positive);
            return;
        }
        try (TensorScope scope = y.engine().scope("kernels")) {
            Tensor passes = scope.allocate(y.shape(), y.dtype(), MemoryKind.SCRATCH);
            DivergedNorm.passes(y, passes);
            SignBits.pack(passes, positive);
        }
    }

    /**
     * The y of {@link #forwardTrainingRelu} to the bit, in one pass.
     *
     * @param y may be x itself. Modified
     * @param mean,variance that it told. Not modified
     */
    default void forwardAgainRelu(
            Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance) {
        forwardAgain(x, gamma, beta, epsilon, y, mean, variance);
        rectify(y, gamma, beta, mean, variance);
    }

    /** {@code y = max(y, 0)}; whether anything may be NaN. */
    private static boolean rectify(Tensor y, Tensor gamma, Tensor beta, Tensor mean, Tensor variance) {
        boolean diverged = DivergedNorm.is(gamma, beta, mean, variance);
        if (diverged) {
            DivergedNorm.rectify(y);
        } else {
            Kernels.of(y).eltwise().forward(EltwiseKernel.Function.LEAKY_RELU, 0, y, y);
        }
        return diverged;
    }

    /**
     * Gradients through the ReLU and the batch's statistics.
     *
     * @param positive from {@link #forwardTrainingRelu}. Not modified
     */
    default void backwardRelu(Normalised of, Tensor positive, Slopes slopes) {
        SignBits.select(slopes.dy(), positive, 0, slopes.dx());
        backward(of, false, new Slopes(slopes.dx(), slopes.dx(), slopes.dGamma(), slopes.dBeta()));
    }

    /**
     * Reads what {@link #forwardTrainingRelu} noted.
     *
     * @param positive from there. Not modified
     * @param numbers of the shape of y: 1 where y was positive, else 0. Modified
     */
    default void readPositive(Tensor positive, Tensor numbers) {
        numbers.fill(1);
        SignBits.select(numbers, positive, 0, numbers);
    }
}
