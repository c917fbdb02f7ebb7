package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.List;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Functions and their derivatives where a careless formula overflows, underflows or cancels. */
class DerivativesTest {
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    private static Stream<Arguments> both(
            String name, UnaryOperator<Variable> f, double x, double value, double first, double second) {
        return Stream.of(DType.FLOAT, DType.DOUBLE)
                .map(dtype -> Arguments.of(dtype + " " + name + " at " + x, dtype, f, x, value, first, second));
    }

    /** The limits of the function, its slope and its curvature. */
    private static Stream<Arguments> limits() {
        return Stream.of(
                        both("gelu", Gelu::gelu, INFINITY, INFINITY, 1, 0),
                        both("gelu", Gelu::gelu, -INFINITY, 0, 0, 0),
                        both("gelu", Gelu::gelu, 1e30, 1e30, 1, 0),
                        both("gelu", Gelu::gelu, -1e30, 0, 0, 0),
                        both("geluTanh", Gelu::geluTanh, INFINITY, INFINITY, 1, 0),
                        both("geluTanh", Gelu::geluTanh, -INFINITY, 0, 0, 0),
                        both("geluTanh", Gelu::geluTanh, 1e30, 1e30, 1, 0),
                        both("geluTanh", Gelu::geluTanh, -1e30, 0, 0, 0),
                        both("silu", Silu::silu, INFINITY, INFINITY, 1, 0),
                        both("silu", Silu::silu, -INFINITY, 0, 0, 0),
                        both("silu", Silu::silu, 3e38, 3e38, 1, 0),
                        both("silu", Silu::silu, -3e38, 0, 0, 0),
                        both("softplus", Softplus::softplus, INFINITY, INFINITY, 1, 0),
                        both("softplus", Softplus::softplus, -INFINITY, 0, 0, 0),
                        both("softplus", x -> Softplus.softplus(x, 4), 2e38, 2e38, 1, 0),
                        both("elu", x -> Elu.elu(x, 0.5), INFINITY, INFINITY, 1, 0),
                        both("elu", x -> Elu.elu(x, 0.5), -INFINITY, -0.5, 0, 0),
                        both("hardswish", Hardswish::hardswish, INFINITY, INFINITY, 1, 0),
                        both("hardswish", Hardswish::hardswish, -INFINITY, 0, 0, 0),
                        both("hardswish", Hardswish::hardswish, 1e38, 1e38, 1, 0),
                        both("sigmoid", Sigmoid::sigmoid, INFINITY, 1, 0, 0),
                        both("sigmoid", Sigmoid::sigmoid, -INFINITY, 0, 0, 0),
                        both("tanh", Tanh::tanh, INFINITY, 1, 0, 0),
                        both("tanh", Tanh::tanh, -INFINITY, -1, 0, 0),
                        both("normalCdf", NormalCdf::normalCdf, INFINITY, 1, 0, 0),
                        both("normalCdf", NormalCdf::normalCdf, -INFINITY, 0, 0, 0),
                        both("exp", Exp::exp, -INFINITY, 0, 0, 0),
                        both("log", Log::log, INFINITY, INFINITY, 0, 0),
                        both("sqrt", Sqrt::sqrt, INFINITY, INFINITY, 0, 0))
                .flatMap(cases -> cases);
    }

    private static UnaryOperator<Variable> power(double exponent) {
        return x -> Pow.pow(x, exponent);
    }

    private static Stream<Arguments> powers() {
        double p = 1.0 / 3;
        return Stream.of(
                        both("x^2", power(2), (float) 1e19, Math.pow((float) 1e19, 2), 2 * (double) (float) 1e19, 2),
                        both("x^2", power(2), -INFINITY, INFINITY, -INFINITY, 2),
                        both("x^2", power(2), INFINITY, INFINITY, INFINITY, 2),
                        both("x^3", power(3), 0, 0, 0, 0),
                        both("x^3", power(3), -INFINITY, -INFINITY, INFINITY, -INFINITY),
                        both("x^1/3", power(p), 0, 0, INFINITY, -INFINITY),
                        both("x^1/3", power(p), INFINITY, INFINITY, 0, 0),
                        both("x^1", power(1), INFINITY, INFINITY, 1, 0),
                        both("x^1", power(1), 0, 0, 1, 0),
                        both("x^0", power(0), -INFINITY, 1, 0, 0),
                        both("x^0", power(0), 0, 1, 0, 0),
                        both("x^1/2", power(0.5), -INFINITY, INFINITY, 0, 0),
                        both("x^-1", power(-1), INFINITY, 0, 0, 0),
                        both("x^-1/2", power(-0.5), (float) 1e-30, 1e15, -5e44, 7.5e74))
                .flatMap(cases -> cases);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"limits", "powers"})
    void areRight(
            String name, DType dtype, UnaryOperator<Variable> f, double x, double value, double first, double second) {
        Derivatives actual = Derivatives.at(dtype, x, f);
        assertClose(dtype, actual.value(), value);
        assertClose(dtype, actual.first(), first);
        assertClose(dtype, actual.recorded(), first);
        assertClose(dtype, actual.second(), second);
    }

    private static void assertClose(DType dtype, double actual, double expected) {
        double nearest = dtype == DType.FLOAT ? (float) expected : expected;
        if (nearest == 0 || Double.isInfinite(nearest)) {
            assertThat(Math.abs(actual)).isEqualTo(Math.abs(nearest));
            assertThat(actual + nearest).isEqualTo(2 * nearest);
        } else {
            assertThat(actual).isCloseTo(nearest, withPercentage(1e-4));
        }
    }

    private static Stream<Arguments> squaresInFloat() {
        return Stream.of(Arguments.of(1e20, 2e20), Arguments.of(1e-25, 2e-25), Arguments.of(-1e20, -2e20));
    }

    /** The square leaves the range of floats where its derivative does not. */
    @ParameterizedTest
    @MethodSource("squaresInFloat")
    void aSlopeDoesNotGoThroughTheValue(double x, double slope) {
        Derivatives square = Derivatives.at(DType.FLOAT, x, v -> Pow.pow(v, 2));
        assertThat(square.first()).isCloseTo(slope, withPercentage(1e-4));
        assertThat(square.recorded()).isCloseTo(slope, withPercentage(1e-4));
        assertThat(square.second()).isEqualTo(2);
    }

    private static Stream<Arguments> tails() {
        double u = Math.exp(-20.0);
        DoubleUnaryOperator sech = x -> 1 / Math.pow(Math.cosh(x), 2);
        return Stream.of(
                Arguments.of("softplus", (UnaryOperator<Variable>) Softplus::softplus, -20.0, u / (1 + u)),
                Arguments.of("tanh", (UnaryOperator<Variable>) Tanh::tanh, 4.0, sech.applyAsDouble(4)),
                Arguments.of("silu", (UnaryOperator<Variable>) Silu::silu, -20.0, u * (1 - 20 / (1 + u)) / (1 + u)),
                // Φ(−6) − 6 φ(6), Φ(−6) = 9.86587645e-10.
                Arguments.of(
                        "gelu",
                        (UnaryOperator<Variable>) Gelu::gelu,
                        -6.0,
                        9.86587645e-10 - 6 * Math.exp(-18) / Math.sqrt(2 * Math.PI)),
                Arguments.of("geluTanh", (UnaryOperator<Variable>) Gelu::geluTanh, -4.0, geluTanhSlope(-4)));
    }

    private static double geluTanhSlope(double x) {
        double c = 2 * Math.sqrt(2 / Math.PI);
        double e = Math.exp(c * (x + 0.044715 * x * x * x));
        return e / (1 + e) * (1 + x / (1 + e) * c * (1 + 3 * 0.044715 * x * x));
    }

    /** Where the function is flat its slope is small, but right. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("tails")
    void smallSlopesInFloat(String name, UnaryOperator<Variable> f, double x, double slope) {
        Derivatives actual = Derivatives.at(DType.FLOAT, x, f);
        // tanh keeps its output, of which a rounding makes this much.
        double percent = name.equals("tanh") ? 5e-3 : 1e-3;
        assertThat(actual.first()).isCloseTo(slope, withPercentage(percent));
        assertThat(actual.recorded()).isCloseTo(slope, withPercentage(percent));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void aDivisorsGradient(DType dtype) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("divide");
                Tape tape = Tape.training(scope, 0)) {
            double high = dtype == DType.FLOAT ? 1e30 : 1e200;
            // −dy a / b²: 0, then −dy · high / 1 by way of numbers beyond the type's in either order.
            Variable a = tape.leaf(scope.allocate(Shape.of(3), dtype).set(0, 1, high));
            Variable b = tape.leaf(scope.allocate(Shape.of(3), dtype).set(1e-10, 1 / high, high));
            Variable dy = tape.constant(scope.allocate(Shape.of(3), dtype).set(high, 1 / high, high));
            Variable y = Divide.divide(a, b);
            Variable recorded =
                    tape.differentiate(List.of(y), List.of(dy), List.of(b)).get(0);
            double[] expected = {0, -high, -1};
            tape.backward(List.of(y), List.of(dy.value())).close();
            double[] vjp = Objects.requireNonNull(tape.gradient(b)).toDoubles();
            for (int i = 0; i < 3; i++) {
                assertThat(vjp[i]).isCloseTo(expected[i], withPercentage(1e-4));
                assertThat(recorded.value().toDoubles()[i]).isCloseTo(expected[i], withPercentage(1e-4));
            }
        }
    }

    /** 0.7 lies between floats: a difference limited to the float below it is on the limit all the same. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void hubersCurvatureBeyondItsLimit(DType dtype) {
        for (double difference : new double[] {0.71, 2, -0.71, -2, 1e10}) {
            Derivatives far = Derivatives.at(dtype, difference, x -> huber(x, 0.7));
            assertThat(far.first()).isEqualTo(Math.copySign(dtype == DType.FLOAT ? 0.7f : 0.7, difference));
            assertThat(far.recorded()).isEqualTo(far.first());
            assertThat(far.second()).isZero();
        }
        assertThat(Derivatives.at(dtype, 0.69, x -> huber(x, 0.7)).second()).isEqualTo(1);
    }

    private static Variable huber(Variable x, double delta) {
        TensorScope scope = x.tape().scope();
        Variable zero =
                x.tape().constant(scope.allocate(x.shape(), x.spec().dtype()).zero());
        return Reshape.reshape(Huber.huber(x, zero, delta), 1);
    }
}
