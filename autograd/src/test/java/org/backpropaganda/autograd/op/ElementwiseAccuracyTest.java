package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Elementwise functions in {@code FLOAT} against the same in {@code DOUBLE}: at all exponents of both signs times 4,096
 * mantissas, or with {@code -Dtests.floats=all} at all floats. Infinities and NaN are among them.
 */
class ElementwiseAccuracyTest {
    private static final boolean ALL = "all".equals(System.getProperty("tests.floats"));
    private static final int CHUNK = 1 << 20;
    private static final int MANTISSAS = 4096;
    private static final int MANTISSA_BITS = 23;
    private static final long FLOATS = ALL ? 1L << 32 : 2L * 256 * MANTISSAS;

    private static Stream<ElementwiseAccuracy> functions() {
        return ElementwiseAccuracy.all().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("functions")
    void errsByNoMoreThanStated(ElementwiseAccuracy function) {
        assertThat(function.ulps()).isLessThanOrEqualTo(8);
        Errors errors = new Errors(function);
        try (Engine engine = Engine.create();
                TensorScope scope = engine.scope("accuracy")) {
            Tensor x = scope.allocate(Shape.of(CHUNK), DType.FLOAT);
            Tensor y = scope.allocate(Shape.of(CHUNK), DType.FLOAT);
            Tensor exactX = scope.allocate(Shape.of(CHUNK), DType.DOUBLE);
            Tensor exactY = scope.allocate(Shape.of(CHUNK), DType.DOUBLE);
            float[] floats = new float[CHUNK];
            for (long from = 0; from < FLOATS; from += CHUNK) {
                for (int i = 0; i < CHUNK; i++) {
                    floats[i] = number(from + i);
                }
                x.set(0, floats, 0, CHUNK);
                exactX.set(x.toDoubles());
                function.function().run(x, y);
                function.function().run(exactX, exactY);
                errors.add(floats, y.toDoubles(), exactY.toDoubles());
            }
        }
        assertThat(errors.worst)
                .as("error in units of the last place at %s", errors.worstAt)
                .isLessThanOrEqualTo(function.ulps())
                // What is stated is what is measured, rounded up.
                .isGreaterThan(function.ulps() - 2);
        assertThat(errors.counted).isGreaterThan(FLOATS / 8);
    }

    /** Without the flag the upper bits of mantissas count up, and the lower ones are mixed, so that none are all zero. */
    private static float number(long index) {
        if (ALL) {
            return Float.intBitsToFloat((int) index);
        }
        int exponent = (int) (index / MANTISSAS);
        int mantissa = (int) (index % MANTISSAS);
        int low = 23 - 12;
        int mixed = (mantissa * 0x9E3779B9) >>> (32 - low);
        return Float.intBitsToFloat(exponent << MANTISSA_BITS | mantissa << low | (mantissa % 8 == 0 ? 0 : mixed));
    }

    /** The largest error so far; results that are wrong in kind fail at once. */
    private static final class Errors {
        private final ElementwiseAccuracy function;
        private double worst;
        private double worstAt;
        private long counted;

        Errors(ElementwiseAccuracy function) {
            this.function = function;
        }

        void add(float[] x, double[] actual, double[] exact) {
            for (int i = 0; i < x.length; i++) {
                if (Float.isNaN(x[i]) || function.domain().test(x[i])) {
                    add(x[i], actual[i], exact[i]);
                }
            }
        }

        private void add(double x, double actual, double exact) {
            float nearest = (float) exact;
            if (Float.isNaN(nearest) || Float.isInfinite(nearest)) {
                if (!(Float.isNaN(nearest) ? Double.isNaN(actual) : Math.abs(actual) >= Float.MAX_VALUE)) {
                    throw new AssertionError(function + " at " + x + ": " + actual + " for " + exact);
                }
                return;
            }
            double error = Math.abs(actual - exact);
            if (Math.abs(nearest) < Float.MIN_NORMAL) {
                if (!(error <= 8 * Float.MIN_VALUE)) {
                    throw new AssertionError(function + " at " + x + ": " + actual + " for " + exact);
                }
                return;
            }
            if (function.absolute().test(x)) {
                if (!(error <= 0x1p-23)) {
                    throw new AssertionError(function + " at " + x + ": " + actual + " for " + exact);
                }
                return;
            }
            counted++;
            double ulps = error / Math.ulp(nearest);
            if (!(ulps <= worst)) {
                worst = ulps;
                worstAt = x;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("elementwiseOps")
    void everyElementwiseOpIsMeasured(String name) {
        assertThat(ElementwiseAccuracy.all())
                .extracting(ElementwiseAccuracy::op)
                .contains(name);
    }

    private static List<String> elementwiseOps() {
        return List.of(
                "Abs",
                "Add",
                "Clamp",
                "Divide",
                "Elu",
                "Exp",
                "Gelu",
                "Hardswish",
                "LeakyRelu",
                "Log",
                "Maximum",
                "Minimum",
                "Multiply",
                "NormalCdf",
                "Pow",
                "Relu",
                "Scale",
                "Sigmoid",
                "Silu",
                "Softplus",
                "Sqrt",
                "Subtract",
                "Tanh");
    }
}
