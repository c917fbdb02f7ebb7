package org.backpropaganda.autograd.kernel.nd4j;

import java.util.List;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.Tensor;

/*
 * ND4J's sigmoid is exact in double. Its others are not, hence Java: "lrelu" rounds alpha to float, "elu" and "tanh"
 * cancel near 0 (3e-8 off, relatively, at 1e-9), and no op computes a derivative from the output.
 */
final class Nd4jEltwise implements EltwiseKernel {
    private static final long[] NO_INTEGERS = {};

    @Override
    public void forward(Function function, double alpha, Tensor x, Tensor y) {
        if (function == Function.SIGMOID) {
            Nd4jOps.run("sigmoid", List.of(x), y, NO_INTEGERS);
            return;
        }
        Doubles from = new Doubles(x);
        Doubles to = new Doubles(y);
        x.engine().parallel(x.elements(), Doubles.GRAIN, (start, end) -> {
            double[] block = new double[Doubles.BLOCK];
            for (long at = start; at < end; at += Doubles.BLOCK) {
                int count = (int) Math.min(Doubles.BLOCK, end - at);
                from.read(at, block, count);
                forward(function, alpha, block, count);
                to.write(at, block, count);
            }
        });
    }

    private static void forward(Function function, double alpha, double[] v, int count) {
        switch (function) {
            case LEAKY_RELU -> {
                for (int i = 0; i < count; i++) {
                    v[i] = v[i] > 0 ? v[i] : times(alpha, v[i]);
                }
            }
            case ELU -> {
                for (int i = 0; i < count; i++) {
                    v[i] = v[i] > 0 ? v[i] : alpha * Math.expm1(v[i]);
                }
            }
            case TANH -> {
                for (int i = 0; i < count; i++) {
                    v[i] = Math.tanh(v[i]);
                }
            }
            case SCALE -> {
                for (int i = 0; i < count; i++) {
                    v[i] *= alpha;
                }
            }
            case SIGMOID -> throw new IllegalArgumentException("sigmoid is ND4J's");
            default -> {
                for (int i = 0; i < count; i++) {
                    v[i] = Curves.value(function, alpha, v[i]);
                }
            }
        }
    }

    @Override
    public void backwardFromOutput(Function function, double alpha, Tensor y, Tensor dy, Tensor dx) {
        backward(y, dy, dx, (output, gradient, count) -> backward(function, alpha, output, gradient, count));
    }

    @Override
    public void backwardFromInput(Function function, double alpha, Tensor x, Tensor dy, Tensor dx) {
        backward(x, dy, dx, (input, gradient, count) -> {
            for (int i = 0; i < count; i++) {
                gradient[i] *= Curves.derivative(function, alpha, input[i]);
            }
        });
    }

    /** Turns a block of dy into one of dx, given what was saved. */
    private interface Block {
        void run(double[] saved, double[] gradient, int count);
    }

    private static void backward(Tensor saved, Tensor dy, Tensor dx, Block body) {
        Doubles kept = new Doubles(saved);
        Doubles from = new Doubles(dy);
        Doubles to = new Doubles(dx);
        dy.engine().parallel(dy.elements(), Doubles.GRAIN, (start, end) -> {
            double[] block = new double[Doubles.BLOCK];
            double[] gradient = new double[Doubles.BLOCK];
            for (long at = start; at < end; at += Doubles.BLOCK) {
                int count = (int) Math.min(Doubles.BLOCK, end - at);
                kept.read(at, block, count);
                from.read(at, gradient, count);
                body.run(block, gradient, count);
                to.write(at, gradient, count);
            }
        });
    }

    private static void backward(Function function, double alpha, double[] y, double[] d, int count) {
        switch (function) {
            case LEAKY_RELU -> {
                for (int i = 0; i < count; i++) {
                    d[i] = y[i] > 0 ? d[i] : times(alpha, d[i]);
                }
            }
            case ELU -> {
                for (int i = 0; i < count; i++) {
                    d[i] = y[i] > 0 ? d[i] : (y[i] + alpha) * d[i];
                }
            }
            case SIGMOID -> {
                for (int i = 0; i < count; i++) {
                    d[i] *= y[i] * (1 - y[i]);
                }
            }
            case TANH -> {
                for (int i = 0; i < count; i++) {
                    d[i] *= (1 - y[i]) * (1 + y[i]);
                }
            }
            case SQRT -> {
                for (int i = 0; i < count; i++) {
                    d[i] /= 2 * y[i];
                }
            }
            default -> throw new IllegalArgumentException(function + " has no derivative from its output");
        }
    }

    /** The product; a slope of zero leaves nothing of an infinity, as in {@code FLOAT}, while NaN stays. */
    private static double times(double slope, double value) {
        return slope == 0 && !Double.isNaN(value) ? 0 : slope * value;
    }
}
