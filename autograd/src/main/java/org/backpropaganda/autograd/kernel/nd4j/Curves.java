package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.kernel.EltwiseKernel.Function;
import org.backpropaganda.autograd.kernel.ErrorFunction;

/** Functions of one double and their derivatives, from the formulas in {@link Function}, without overflow. */
final class Curves {
    private static final double ROOT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    private Curves() {}

    static double value(Function function, double alpha, double x) {
        return switch (function) {
            case EXP -> Math.exp(x);
            case LOG -> Math.log(x);
            case SQRT -> Math.sqrt(x);
            case ABS -> Math.abs(x);
            case POW -> Math.pow(x, alpha);
            case GELU -> x * ErrorFunction.normal(x);
            case GELU_TANH -> x * sigmoid(2 * ROOT_2_OVER_PI * (x + CUBIC * x * x * x));
            case SILU -> x * sigmoid(x);
            case SOFTPLUS -> (Math.max(alpha * x, 0) + Math.log1p(Math.exp(-Math.abs(alpha * x)))) / alpha;
            case HARDSWISH -> x * Math.min(Math.max(x + 3, 0), 6) / 6;
            default -> throw new IllegalArgumentException(function + " is computed elsewhere");
        };
    }

    static double derivative(Function function, double alpha, double x) {
        return switch (function) {
            case POW -> alpha == 0 ? 0 : alpha * Math.pow(x, alpha - 1);
            case GELU -> ErrorFunction.normal(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
            case GELU_TANH -> {
                double s = sigmoid(2 * ROOT_2_OVER_PI * (x + CUBIC * x * x * x));
                yield s + x * s * (1 - s) * 2 * ROOT_2_OVER_PI * (1 + 3 * CUBIC * x * x);
            }
            case SILU -> {
                double s = sigmoid(x);
                yield s * (1 + x * (1 - s));
            }
            case HARDSWISH -> x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
            default -> throw new IllegalArgumentException(function + " has no derivative from its input");
        };
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
