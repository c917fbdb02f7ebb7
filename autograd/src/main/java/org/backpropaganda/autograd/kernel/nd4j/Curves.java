package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.kernel.EltwiseKernel.Function;
import org.backpropaganda.autograd.kernel.ErrorFunction;

/**
 * Functions of one double and their derivatives, from the formulas in {@link Function}, without overflow; at ±∞ their
 * limits.
 */
final class Curves {
    private static final double ROOT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    /** Beyond it the exponential underflows, even times its argument. */
    private static final double FAR = 800;

    /** Beyond it the density of the standard normal underflows, even times its argument, and exp(−x³) long before. */
    private static final double NORMAL_FAR = 40;

    private Curves() {}

    static double value(Function function, double alpha, double x) {
        return switch (function) {
            case EXP -> Math.exp(x);
            case LOG -> Math.log(x);
            case SQRT -> Math.sqrt(x);
            case ABS -> Math.abs(x);
            case POW -> Math.pow(x, alpha);
            case GELU -> Math.max(x, -NORMAL_FAR) * ErrorFunction.normal(x);
            case GELU_TANH -> Math.max(x, -NORMAL_FAR) * sigmoid(logit(x));
            case SILU -> Math.max(x, -FAR) * sigmoid(x);
            case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(alpha * x))) / alpha;
            case HARDSWISH -> Math.max(x, -3) * (Math.min(Math.max(x + 3, 0), 6) / 6);
            default -> throw new IllegalArgumentException(function + " is computed elsewhere");
        };
    }

    static double derivative(Function function, double alpha, double x) {
        return switch (function) {
            case POW -> alpha == 0 ? 0 : alpha * Math.pow(x, alpha - 1);
            case GELU -> {
                double v = limited(x, NORMAL_FAR);
                yield ErrorFunction.normal(v) + v * Math.exp(-v * v / 2) / Math.sqrt(2 * Math.PI);
            }
            case GELU_TANH -> {
                double v = limited(x, NORMAL_FAR);
                double z = logit(v);
                double slope = 2 * ROOT_2_OVER_PI * (1 + 3 * CUBIC * v * v);
                yield sigmoid(z) * (1 + v * sigmoid(-z) * slope);
            }
            case SILU -> {
                double v = limited(x, FAR);
                yield sigmoid(v) * (1 + v * sigmoid(-v));
            }
            case HARDSWISH -> x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
            default -> throw new IllegalArgumentException(function + " has no derivative from its input");
        };
    }

    private static double limited(double x, double limit) {
        return Math.min(Math.max(x, -limit), limit);
    }

    private static double logit(double x) {
        return 2 * ROOT_2_OVER_PI * (x + CUBIC * x * x * x);
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
