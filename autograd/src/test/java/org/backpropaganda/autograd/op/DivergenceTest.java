package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;

import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.Input;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Softmax and what is made of it, of numbers that a net has before and after it diverges. */
class DivergenceTest {
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    /** σ(1), which is the softmax of two numbers that differ by 1. */
    private static final double NEAR = 1 / (1 + Math.exp(-1));

    private static Stream<DType> types() {
        return Stream.of(DType.FLOAT, DType.DOUBLE);
    }

    @ParameterizedTest
    @MethodSource("types")
    void softmaxOfFarNegativeRows(DType dtype) {
        List<Double> equal = Golden.of(dtype, new Softmax(1), in(2, 3).of(1, 2, 3, -1e9, -1e9, -1e9))
                .output();
        for (int i = 3; i < 6; i++) {
            assertThat(equal.get(i)).isCloseTo(1.0 / 3, within(1e-7));
        }
        for (double base : new double[] {-740, 740, -1e6, 1e6}) {
            for (int axis = 0; axis < 2; axis++) {
                double[] x = axis == 1
                        ? new double[] {base, base - 1, base, base - 1}
                        : new double[] {base, base, base - 1, base - 1};
                double[] expected = axis == 1
                        ? new double[] {NEAR, 1 - NEAR, NEAR, 1 - NEAR}
                        : new double[] {NEAR, NEAR, 1 - NEAR, 1 - NEAR};
                List<Double> p =
                        Golden.of(dtype, new Softmax(axis), in(2, 2).of(x)).output();
                List<Double> log =
                        Golden.of(dtype, new LogSoftmax(axis), in(2, 2).of(x)).output();
                for (int i = 0; i < 4; i++) {
                    assertThat(p.get(i)).isCloseTo(expected[i], within(2e-7));
                    assertThat(log.get(i)).isCloseTo(Math.log(expected[i]), within(2e-7));
                }
            }
        }
    }

    /** −log 3 is 1.0986122887, whose nearest float is 1.0986123. */
    @ParameterizedTest
    @MethodSource("types")
    void logSoftmaxOfEqualNumbers(DType dtype) {
        for (int axis = 0; axis < 2; axis++) {
            Input zeros = axis == 0 ? in(3, 2).of(0, 0, 0, 0, 0, 0) : in(2, 3).of(0, 0, 0, 0, 0, 0);
            Golden golden = Golden.of(dtype, new LogSoftmax(axis), zeros);
            double expected = dtype == DType.FLOAT ? (float) -Math.log(3) : -Math.log(3);
            assertThat(golden.output()).allSatisfy(y -> assertThat(y).isCloseTo(expected, within(1e-15)));
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void aHiddenNumberTakesNoPart(DType dtype) {
        Golden log = Golden.of(dtype, new LogSoftmax(1), in(1, 2).of(-INFINITY, -900));
        assertThat(log.output()).containsExactly(-INFINITY, 0.0);
        Golden golden = Golden.of(dtype, new Softmax(1), in(1, 2).of(-INFINITY, -900));
        assertThat(golden.output()).containsExactly(0.0, 1.0);
    }

    @ParameterizedTest
    @CsvSource({"NaN", "Infinity", "-Infinity"})
    void noElementOfADivergedRowIsANumber(double value) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            for (int columns : new int[] {3, 17, 1500}) {
                for (boolean last : new boolean[] {true, false}) {
                    assertSpread(dtype, value, columns, last);
                }
            }
        }
    }

    /** Three rows, the second of which has diverged: in one element, or for −∞ in all. */
    private static void assertSpread(DType dtype, double value, int columns, boolean last) {
        Input x = (last ? in(3, columns) : in(columns, 3)).with((shape, random) -> {
            double[] drawn = random.doubles(3L * columns, -2, 2).toArray();
            for (int i = 0; i < columns; i++) {
                if (i == columns / 2 || value == -INFINITY) {
                    drawn[last ? columns + i : 3 * i + 1] = value;
                }
            }
            return drawn;
        });
        for (Op op : List.of(new Softmax(last ? 1 : 0), new LogSoftmax(last ? 1 : 0))) {
            Golden golden = Golden.of(dtype, op, x);
            for (int i = 0; i < 3 * columns; i++) {
                boolean diverged = last ? i / columns == 1 : i % 3 == 1;
                assertThat(golden.output().get(i).isNaN())
                        .as(op + " output " + i)
                        .isEqualTo(diverged);
                assertThat(Objects.requireNonNull(golden.gradients().get(0))
                                .get(i)
                                .isNaN())
                        .as(op + " gradient " + i)
                        .isEqualTo(diverged);
            }
        }
    }

    private static Stream<Arguments> crossEntropies() {
        return types().flatMap(dtype -> Stream.of(
                        new SoftmaxCrossEntropy(),
                        new WeightedCrossEntropy(0, LabelWeights.equal()),
                        new WeightedCrossEntropy(0.1, new LabelWeights(List.of(), OptionalInt.of(7))),
                        new LinearCrossEntropy())
                .map(op -> Arguments.of(dtype, op)));
    }

    /** The logits as they are, or as the product with a unit matrix. */
    private static Golden crossEntropy(DType dtype, Op op, double... logits) {
        Input x = in(2, 3).of(logits);
        Input one = in(3, 3).of(1, 0, 0, 0, 1, 0, 0, 0, 1);
        Input classes = labels(3, 2).of(0, 2);
        return op instanceof LinearCrossEntropy
                ? Golden.of(dtype, op, x, one, classes)
                : Golden.of(dtype, op, x, classes);
    }

    @ParameterizedTest
    @MethodSource("crossEntropies")
    void aDivergedRowsGradientIsNotANumber(DType dtype, Op op) {
        for (double value : new double[] {Double.NaN, INFINITY}) {
            Golden golden = crossEntropy(dtype, op, 0, value, 1, 1, 2, 3);
            assertThat(golden.output().get(0)).isNaN();
            List<Double> gradient = Objects.requireNonNull(golden.gradients().get(0));
            assertThat(gradient.subList(0, 3)).containsOnly(Double.NaN);
            if (!(op instanceof LinearCrossEntropy)) {
                assertThat(gradient.subList(3, 6)).doesNotContain(Double.NaN);
            }
        }
    }

    /** (p − onehot) / 2, as of the same logits with the rows' maxima at 0. */
    @ParameterizedTest
    @MethodSource("crossEntropies")
    void farNegativeLogitsHaveTheGradientsOfTheirDifferences(DType dtype, Op op) {
        Golden far = crossEntropy(dtype, op, -800, -801, -802, -740, -740, -740);
        Golden near = crossEntropy(dtype, op, 0, -1, -2, 0, 0, 0);
        assertThat(far.output().get(0)).isCloseTo(near.output().get(0), within(1e-6));
        List<Double> actual = Objects.requireNonNull(far.gradients().get(0));
        List<Double> expected = Objects.requireNonNull(near.gradients().get(0));
        for (int i = 0; i < 6; i++) {
            assertThat(actual.get(i)).isCloseTo(expected.get(i), within(1e-7));
        }
        if (op instanceof SoftmaxCrossEntropy) {
            assertThat(actual.get(3)).isCloseTo(1.0 / 6, within(1e-7));
            assertThat(actual.get(5)).isCloseTo(-1.0 / 3, within(1e-7));
        }
    }

    /** Scores of −800 for every key weigh all alike. */
    @ParameterizedTest
    @MethodSource("types")
    void attentionOfFarNegativeScores(DType dtype) {
        Golden golden = Golden.of(
                dtype,
                new Attention(1, false),
                in(1, 1, 1).of(-800),
                in(1, 3, 1).of(1, 1, 1),
                in(1, 3, 1).of(3, 6, 9));
        assertThat(golden.output().get(0)).isCloseTo(6, within(1e-5));
        assertThat(Objects.requireNonNull(golden.gradients().get(2)))
                .allSatisfy(dv -> assertThat(dv).isCloseTo(1.0 / 3, within(1e-6)));
    }

    private static Stream<Arguments> losses() {
        return types().flatMap(dtype -> Stream.of(
                        new SigmoidCrossEntropy(), new KlDivergence(), new Huber(1), new MeanSquaredError())
                .map(op -> Arguments.of(dtype, op)));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void oneElementThatIsNotANumberIsInTheLoss(DType dtype, Op op) {
        Golden golden = Golden.of(dtype, op, in(2, 2).of(0.5, Double.NaN, 0.25, 0.5), in(2, 2).of(1, 0, 0, 1));
        assertThat(golden.output()).containsExactly(Double.NaN);
        if (!(op instanceof KlDivergence)) {
            assertThat(Objects.requireNonNull(golden.gradients().get(0)).get(1)).isNaN();
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void theLargerOfANumberAndNone(DType dtype) {
        for (Op op : List.of(new Maximum(), new Minimum())) {
            double nan = Double.NaN;
            assertThat(Golden.of(dtype, op, in(3).of(nan, 1, nan), in(3).of(1, nan, nan))
                            .output())
                    .containsOnly(nan);
            assertThat(Golden.of(dtype, op, in(2, 1).of(nan, 1), in(3).of(0, nan, 2))
                            .output()
                            .subList(0, 5))
                    .containsExactly(nan, nan, nan, op instanceof Maximum ? 1.0 : 0.0, nan);
            assertThat(Golden.of(dtype, op, in(3).of(0, nan, 2), in(2, 1).of(nan, 1))
                            .output()
                            .subList(0, 5))
                    .containsExactly(nan, nan, nan, op instanceof Maximum ? 1.0 : 0.0, nan);
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void anElementThatIsNotANumberStaysSo(DType dtype) {
        for (Op op : List.of(
                new Relu(),
                new LeakyRelu(0.1),
                new LeakyRelu(0),
                new Elu(1),
                new Exp(),
                new Log(),
                new Sigmoid(),
                new Tanh(),
                new Silu(),
                new Gelu(false),
                new Gelu(true),
                new Softplus(1),
                new Softplus(3),
                new Hardswish(),
                new Abs(),
                new Clamp(-1, 1),
                new Sqrt(),
                new Pow(2),
                new Pow(1.0 / 3),
                new NormalCdf(),
                new Scale(0, 1))) {
            assertThat(Golden.of(dtype, op, in(3).of(0.5, Double.NaN, 0.5))
                            .output()
                            .get(1))
                    .as(op.toString())
                    .isNaN();
        }
        assertThat(Objects.requireNonNull(Golden.of(dtype, new Relu(), in(1).of(Double.NaN))
                        .gradients()
                        .get(0)))
                .containsExactly(0.0);
    }
}
