package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class InitializerTest {

    /** Fan-in and fan-out of [300, 200] are 200 and 300; of [60, 40, 5, 5] 1000 and 1500. */
    static Stream<Arguments> variances() {
        Shape linear = Shape.of(300, 200);
        Shape conv = Shape.of(60, 40, 5, 5);
        return Stream.of(
                Arguments.of("he normal", Initializer.heNormal(), linear, 2.0 / 200, false),
                Arguments.of("he normal", Initializer.heNormal(), conv, 2.0 / 1000, false),
                Arguments.of("he uniform", Initializer.heUniform(), linear, 2.0 / 200, true),
                Arguments.of("he uniform", Initializer.heUniform(), conv, 2.0 / 1000, true),
                Arguments.of("glorot normal", Initializer.glorotNormal(), linear, 2.0 / 500, false),
                Arguments.of("glorot normal", Initializer.glorotNormal(), conv, 2.0 / 2500, false),
                Arguments.of("glorot uniform", Initializer.glorotUniform(), linear, 2.0 / 500, true),
                Arguments.of("glorot uniform", Initializer.glorotUniform(), conv, 2.0 / 2500, true),
                Arguments.of("normal", Initializer.normal(0.3), linear, 0.09, false),
                Arguments.of("uniform", Initializer.uniform(0.3), linear, 0.03, true));
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("variances")
    void drawsTheStatedVariance(String name, Initializer initializer, Shape shape, double variance, boolean uniform) {
        double[] values = initializer.draw(shape, new SplittableRandom(11));
        int n = values.length;
        assertThat(n).isEqualTo((int) shape.elements());
        double mean = Arrays.stream(values).average().orElseThrow();
        double spread = Arrays.stream(values).map(v -> v * v).average().orElseThrow();
        // Five standard errors; the fourth moment is 3 σ⁴ of a normal, 9/5 σ⁴ of a uniform distribution.
        double spreadError = variance * Math.sqrt((uniform ? 0.8 : 2) / n);
        assertThat(mean).as(name).isCloseTo(0, within(5 * Math.sqrt(variance / n)));
        assertThat(spread).as(name).isCloseTo(variance, within(5 * spreadError));
        double largest = Arrays.stream(values).map(Math::abs).max().orElseThrow();
        if (uniform) {
            assertThat(largest).isLessThanOrEqualTo(Math.sqrt(3 * variance));
        } else {
            assertThat(largest).isGreaterThan(3 * Math.sqrt(variance));
        }
    }

    @ParameterizedTest
    @CsvSource({"12, 12, 1", "30, 7, 1.5", "5, 40, 0.5"})
    void orthogonalKeepsLengths(int rows, int columns, double gain) {
        double[] w = Initializer.orthogonal(gain).draw(Shape.of(rows, columns), new SplittableRandom(2));
        int vectors = Math.min(rows, columns);
        for (int a = 0; a < vectors; a++) {
            for (int b = 0; b < vectors; b++) {
                double dot = 0;
                for (int i = 0; i < Math.max(rows, columns); i++) {
                    dot += rows <= columns
                            ? w[a * columns + i] * w[b * columns + i]
                            : w[i * columns + a] * w[i * columns + b];
                }
                assertThat(dot).as("(%d, %d)", a, b).isCloseTo(a == b ? gain * gain : 0, within(1e-13));
            }
        }
    }

    @Test
    void orthogonalSeesAConvolutionAsAMatrix() {
        double[] conv = Initializer.orthogonal(1).draw(Shape.of(4, 2, 3, 3), new SplittableRandom(2));
        double[] matrix = Initializer.orthogonal(1).draw(Shape.of(4, 18), new SplittableRandom(2));
        assertThat(conv).containsExactly(matrix);
    }

    @Test
    void constantsAreConstant() {
        SplittableRandom random = new SplittableRandom(1);
        assertThat(Initializer.zeros().draw(Shape.of(3), random)).containsExactly(0, 0, 0);
        assertThat(Initializer.ones().draw(Shape.of(3), random)).containsExactly(1, 1, 1);
        assertThat(Initializer.constant(-2).draw(Shape.of(2), random)).containsExactly(-2, -2);
    }

    @Test
    void sameSeedSameBits() {
        try (Engine engine = Engine.create();
                TensorScope scope = engine.scope("")) {
            double[][] runs = new double[3][];
            for (int i = 0; i < 3; i++) {
                ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, i < 2 ? 8 : 9);
                Parameter first = factory.create(Shape.of(20, 10), Initializer.heNormal());
                Parameter second = factory.create(Shape.of(20, 10), Initializer.heNormal());
                assertThat(first.value().toDoubles())
                        .isNotEqualTo(second.value().toDoubles());
                runs[i] = second.value().toDoubles();
            }
            assertThat(runs[1]).containsExactly(runs[0]);
            assertThat(runs[2]).isNotEqualTo(runs[0]);
        }
    }

    @Test
    void aVectorHasNoFan() {
        try (Engine engine = Engine.create();
                TensorScope scope = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 1);
            for (Initializer initializer : new Initializer[] {
                Initializer.heNormal(),
                Initializer.heUniform(),
                Initializer.glorotNormal(),
                Initializer.glorotUniform(),
                Initializer.orthogonal(1)
            }) {
                assertThatExceptionOfType(ShapeException.class)
                        .isThrownBy(() -> factory.create(Shape.of(3), initializer))
                        .withMessage("initializer: shape [3] has no fan; a weight has two axes or more");
            }
            assertThat(engine.ledger().liveBytes()).isZero();
        }
    }
}
