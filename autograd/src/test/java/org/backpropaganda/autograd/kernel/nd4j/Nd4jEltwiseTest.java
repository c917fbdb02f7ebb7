package org.backpropaganda.autograd.kernel.nd4j;

import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.backpropaganda.autograd.kernel.EltwiseKernel.Function;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class Nd4jEltwiseTest {
    private static final double[] SPECIAL = {-1000, -40, -1, -0.3, -1e-9, -0.0, 0, 1e-9, 0.3, 1, 40, 1000};

    @ParameterizedTest
    @CsvSource({
        "LEAKY_RELU, 0",
        "LEAKY_RELU, 0.3",
        "ELU, 0.3",
        "ELU, 1",
        "SIGMOID, 0",
        "TANH, 0",
        "SCALE, -0.3",
        "SCALE, 0",
        "EXP, 0",
        "SOFTPLUS, 0.5"
    })
    void isTheFunction(Function function, double alpha) {
        for (boolean inPlace : new boolean[] {false, true}) {
            try (Sandbox box = new Sandbox()) {
                checkForward(box, function, alpha, inPlace, box.random(3, 20011));
                checkForward(box, function, alpha, inPlace, box.random());
                checkForward(
                        box, function, alpha, inPlace, box.empty(SPECIAL.length).set(SPECIAL));
            }
        }
    }

    private static void checkForward(Sandbox box, Function function, double alpha, boolean inPlace, Tensor x) {
        double[] expected = map(x.toDoubles(), of(function, alpha));
        Tensor y = inPlace ? x : box.empty(x.shape());
        box.call(() -> box.kernels.eltwise().forward(function, alpha, x, y));
        double[] actual = y.toDoubles();
        for (int i = 0; i < actual.length; i++) {
            if (actual[i] != expected[i] && !(Math.abs(actual[i] - expected[i]) <= 4 * Math.ulp(expected[i]))) {
                fail("%s: element %d is %s, expected %s", function, i, actual[i], expected[i]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Function.class,
            names = {"LEAKY_RELU", "ELU", "SIGMOID", "TANH"})
    void hasItsDerivative(Function function) {
        double alpha = 0.3;
        DoubleUnaryOperator derivative = fromOutput(function, alpha);
        for (boolean inPlace : new boolean[] {false, true}) {
            try (Sandbox box = new Sandbox()) {
                for (Tensor x : new Tensor[] {
                    box.random(3, 20011),
                    box.random(),
                    box.empty(SPECIAL.length).set(SPECIAL)
                }) {
                    Tensor y = box.empty(x.shape()).set(map(x.toDoubles(), of(function, alpha)));
                    Tensor dy = box.random(x.shape().toArray());
                    double[] expected = map(y.toDoubles(), derivative);
                    double[] dys = dy.toDoubles();
                    Arrays.setAll(expected, i -> expected[i] * dys[i]);
                    Tensor dx = inPlace ? dy : box.empty(x.shape());
                    box.call(() -> box.kernels.eltwise().backwardFromOutput(function, alpha, y, dy, dx));
                    Sandbox.assertClose(dx, expected);
                }
            }
        }
    }

    private static double[] map(double[] values, DoubleUnaryOperator function) {
        return Arrays.stream(values).map(function).toArray();
    }

    private static DoubleUnaryOperator of(Function function, double alpha) {
        return switch (function) {
            case LEAKY_RELU -> x -> x > 0 ? x : alpha * x;
            case ELU -> x -> x > 0 ? x : alpha * Math.expm1(x);
            case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
            case TANH -> Math::tanh;
            case SCALE -> x -> alpha * x;
            case EXP -> Math::exp;
            case SOFTPLUS ->
                x -> x > 0 ? x + Math.log1p(Math.exp(-alpha * x)) / alpha : Math.log1p(Math.exp(alpha * x)) / alpha;
            default -> throw new IllegalArgumentException(function + " is tested elsewhere");
        };
    }

    private static DoubleUnaryOperator fromOutput(Function function, double alpha) {
        return switch (function) {
            case LEAKY_RELU -> y -> y > 0 ? 1 : alpha;
            case ELU -> y -> y > 0 ? 1 : y + alpha;
            case SIGMOID -> y -> y * (1 - y);
            case TANH -> y -> 1 - y * y;
            case SCALE -> y -> alpha;
            default -> throw new IllegalArgumentException(function + " is tested elsewhere");
        };
    }
}
