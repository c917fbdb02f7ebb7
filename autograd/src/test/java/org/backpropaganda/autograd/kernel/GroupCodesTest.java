package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GroupCodesTest {
    private static final double SIGMAS = 5;

    private static final class Packed {
        private final double[] values;
        private final double[] ranges;

        Packed(double[] values, double[] ranges) {
            this.values = values;
            this.ranges = ranges;
        }

        double min(int element) {
            return ranges[element / GroupCodes.GROUP * 2];
        }

        double step(int element) {
            return ranges[element / GroupCodes.GROUP * 2 + 1];
        }
    }

    private static Packed roundTrip(double[] x, DType dtype, int bits, long key, int threads) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope scope = engine.scope("")) {
            return roundTrip(scope, x, dtype, bits, key);
        }
    }

    private static Packed roundTrip(TensorScope scope, double[] x, DType dtype, int bits, long key) {
        Tensor tensor = scope.allocate(Shape.of(x.length), dtype).set(x);
        Tensor codes = scope.allocate(Shape.of(GroupCodes.words(x.length, bits)), DType.INT);
        Tensor ranges = scope.allocate(Shape.of(GroupCodes.groups(x.length), GroupCodes.PARAMETERS), DType.FLOAT);
        GroupCodes.pack(tensor, bits, key, codes, ranges);
        Tensor out = scope.allocate(tensor.shape(), dtype).fill(-77);
        GroupCodes.unpack(bits, codes, ranges, out);
        Packed packed = new Packed(out.toDoubles(), ranges.toDoubles());
        for (Tensor each : new Tensor[] {tensor, codes, ranges, out}) {
            each.close();
        }
        return packed;
    }

    private static double[] normal(int count, double mean, double deviation, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] x = new double[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) (mean + deviation * random.nextGaussian());
        }
        return x;
    }

    /** E[x̂] = x and Var = f (1 − f) step², element by element and over all, for what is far from 0 as well. */
    @ParameterizedTest
    @CsvSource({"1, 0", "2, 0", "4, 0", "8, 0", "2, 5", "4, 5", "8, 5", "8, -300"})
    void expectationIsTheElementAndTheVarianceIsThatOfItsFraction(int bits, double mean) {
        double[] x = normal(300, mean, 1, 3);
        int draws = 2000;
        double[] sum = new double[x.length];
        double squares = 0;
        double expected = 0;
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            for (int draw = 0; draw < draws; draw++) {
                Packed packed = roundTrip(scope, x, DType.FLOAT, bits, draw);
                for (int i = 0; i < x.length; i++) {
                    double error = (packed.values[i] - x[i]) / packed.step(i);
                    sum[i] += error;
                    squares += error * error;
                    if (draw == 0) {
                        double y = (x[i] - packed.min(i)) / packed.step(i);
                        double fraction = y - Math.floor(y);
                        expected += fraction * (1 - fraction);
                        assertThat(Math.abs(error)).isLessThan(1);
                    }
                }
            }
        }
        double all = 0;
        double deviation = 0.5 / Math.sqrt(draws);
        for (double each : sum) {
            assertThat(each / draws).isCloseTo(0, within(SIGMAS * deviation));
            all += each / draws;
        }
        assertThat(all / x.length).isCloseTo(0, within(SIGMAS * deviation / Math.sqrt(x.length)));
        double variance = squares / draws / x.length;
        assertThat(variance).isCloseTo(expected / x.length, within(0.003)).isLessThan(0.25);
    }

    /** 0.164, 0.153 and 0.157 step² were computed elsewhere for groups of 256 of N(0, 1); a uniform fraction gives 1/6. */
    @ParameterizedTest
    @CsvSource({"2, 0.164", "4, 0.153", "8, 0.157"})
    void theVarianceOverNormalElementsIsAboutASixthOfTheStepSquared(int bits, double expected) {
        double[] x = normal(256 * 400, 0, 1, 8);
        Packed packed = roundTrip(x, DType.FLOAT, bits, 5, 2);
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            double error = (packed.values[i] - x[i]) / packed.step(i);
            sum += error * error;
        }
        assertThat(sum / x.length).isCloseTo(expected, within(0.015)).isCloseTo(1.0 / 6, within(0.015));
    }

    /** Errors of neighbours, of groups and of keys have nothing to do with each other. */
    @Test
    void errorsAreUncorrelated() {
        double[] x = new double[1 << 16];
        for (int i = 0; i < x.length; i++) {
            x[i] = i % 256 == 0 ? 0 : i % 256 == 1 ? 3 : 1.5;
        }
        double[] first = roundTrip(x, DType.FLOAT, 2, 1, 1).values;
        double[] second = roundTrip(x, DType.FLOAT, 2, 2, 1).values;
        for (int lag : new int[] {1, 2, 255, 256, 257, 2048}) {
            assertThat(correlation(x, first, first, lag)).isCloseTo(0, within(SIGMAS / 256));
        }
        assertThat(correlation(x, first, second, 0)).isCloseTo(0, within(SIGMAS / 256));
    }

    private static double correlation(double[] x, double[] a, double[] b, int lag) {
        double sum = 0;
        for (int i = 0; i + lag < x.length; i++) {
            sum += (a[i] - x[i]) * (b[i + lag] - x[i + lag]) * 4;
        }
        return sum / x.length;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void whatLiesOnACodeComesBackAsItWas(int bits) {
        int levels = (1 << bits) - 1;
        double[] x = new double[700];
        for (int i = 0; i < x.length; i++) {
            x[i] = i % 256 == 0 ? 40 : i % 256 == 1 ? 40 + 0.25 * levels : 40 + 0.25 * (i * 7 % (levels + 1));
        }
        for (int key = 0; key < 50; key++) {
            assertThat(roundTrip(x, DType.FLOAT, bits, key, 1).values).isEqualTo(x);
        }
    }

    /** The inverse of the step is rounded: the largest element may lie a little beyond the last code, and must not wrap to the first. */
    @Test
    void theLargestElementNeverGetsTheCodeBehindTheLast() {
        SplittableRandom random = new SplittableRandom(2);
        float largest = (float) random.nextDouble(32, 64);
        while (largest
                        * (1
                                / (float) roundTrip(new double[] {0, largest}, DType.FLOAT, 8, 1, 1)
                                        .step(0))
                <= 255) {
            largest = (float) random.nextDouble(32, 64);
        }
        double[] x = new double[GroupCodes.GROUP << 12];
        for (int i = 0; i < x.length; i += GroupCodes.GROUP) {
            Arrays.fill(x, i + 1, i + GroupCodes.GROUP, largest);
        }
        double[] values = roundTrip(x, DType.FLOAT, 8, 1, 2).values;
        for (int i = 0; i < x.length; i++) {
            assertThat(Math.abs(values[i] - x[i])).isLessThan(1e-4);
        }
    }

    /** Without a guard that shifts it: step 0, and the element itself. */
    @ParameterizedTest
    @ValueSource(doubles = {0, -0.0, 1, -3.7e-41, 1e-45, 3.4e38, 12345.678})
    void equalElementsComeBackToTheBit(double value) {
        double[] x = new double[257];
        Arrays.fill(x, (float) value);
        for (int bits : new int[] {1, 2, 4, 8}) {
            Packed packed = roundTrip(x, DType.FLOAT, bits, 9, 1);
            assertThat(packed.ranges[1]).isZero();
            for (double each : packed.values) {
                assertThat(each == (float) value).as("%s", each).isTrue();
            }
        }
    }

    @Test
    void aGroupThatIsNotFiniteComesBackAsNaNAndItsNeighboursDoNot() {
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            for (int at : new int[] {256, 300, 511, 512, 600}) {
                double[] x = normal(700, 0, 1, 2);
                x[at] = bad;
                double[] values = roundTrip(x, DType.FLOAT, 4, 1, 1).values;
                for (int i = 0; i < x.length; i++) {
                    assertThat(Double.isNaN(values[i])).as("%s at %s", bad, i).isEqualTo(i / 256 == at / 256);
                }
            }
        }
    }

    @Test
    void aRangeBeyondTheFloatsOverflowsNowhere() {
        for (int bits : new int[] {2, 4, 8}) {
            double[] x = new double[300];
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) ((double) Float.MAX_VALUE * (i % 11 - 5) / 5);
            }
            Packed packed = roundTrip(x, DType.FLOAT, bits, 3, 1);
            for (int i = 0; i < x.length; i++) {
                assertThat(packed.values[i]).isFinite();
                assertThat(Math.abs(packed.values[i] - x[i])).isLessThanOrEqualTo(packed.step(i) * 1.000001);
            }
            assertThat(packed.values[0]).isCloseTo(-Float.MAX_VALUE, within(1e32));
        }
    }

    /** The step rounds to no less than the smallest float, and its inverse is none. */
    @Test
    void denormalsAreQuantisedToo() {
        double[] x = new double[300];
        for (int i = 0; i < x.length; i++) {
            x[i] = Float.MIN_VALUE * (i % 101);
        }
        assertThat(roundTrip(x, DType.FLOAT, 8, 1, 1).values).isEqualTo(x);
        double[] two = roundTrip(x, DType.FLOAT, 2, 1, 1).values;
        double mean = 0;
        for (int i = 0; i < x.length; i++) {
            assertThat(Math.abs(two[i] - x[i])).isLessThan(34 * Float.MIN_VALUE);
            mean += (two[i] - x[i]) / Float.MIN_VALUE / x.length;
        }
        assertThat(mean).isCloseTo(0, within(SIGMAS * 17 / Math.sqrt(300)));
    }

    /** The law of 2⁻²⁴ at the least: rounding at every multiple would lose a small fraction, or tie with half of one. */
    @Test
    void halvesGoUpHalfTheTime() {
        double[] x = new double[256 * 1000];
        Arrays.fill(x, 0.5);
        for (int i = 0; i < x.length; i += 256) {
            x[i] = 0;
            x[i + 1] = 255;
        }
        double[] values = roundTrip(x, DType.FLOAT, 8, 77, 2).values;
        double ups = Arrays.stream(values).filter(v -> v == 1).count();
        assertThat(ups / (254 * 1000)).isCloseTo(0.5, within(SIGMAS * 0.5 / Math.sqrt(254 * 1000)));
    }

    @Provide
    Arbitrary<double[]> elements() {
        Arbitrary<Double> each = Arbitraries.oneOf(
                Arbitraries.floats().between(-10, 10).map(Float::doubleValue),
                Arbitraries.floats().map(Float::doubleValue),
                Arbitraries.of(0.0, -0.0, 1e-45, -1e-40, 3e38));
        return each.array(double[].class).ofMinSize(1).ofMaxSize(600);
    }

    @Property(tries = 60)
    void noElementIsOffByMoreThanAStepAndCodesDependOnKeyAndElementsAlone(
            @ForAll("elements") double[] x, @ForAll long key) {
        for (int bits : new int[] {2, 4, 8}) {
            Packed once = roundTrip(x, DType.FLOAT, bits, key, 1);
            for (int i = 0; i < x.length; i++) {
                double slack = Math.ulp((float) Math.max(Math.abs(x[i]), Math.abs(once.min(i)))) * 2.0
                        + once.step(i) * (1 + 1e-4);
                assertThat(Math.abs(once.values[i] - x[i])).isLessThanOrEqualTo(slack);
            }
            assertThat(roundTrip(x, DType.FLOAT, bits, key, 1).values).isEqualTo(once.values);
            assertThat(roundTrip(x, DType.DOUBLE, bits, key, 1).values).isEqualTo(once.values);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 3", "4, 2", "8, 3"})
    void codesDoNotDependOnTheNumberOfThreads(int bits, int threads) {
        double[] x = normal(300_007, 1, 2, 6);
        double[] one = roundTrip(x, DType.FLOAT, bits, 12, 1).values;
        assertThat(roundTrip(x, DType.FLOAT, bits, 12, threads).values).isEqualTo(one);
        assertThat(roundTrip(x, DType.DOUBLE, bits, 12, threads).values).isEqualTo(one);
        assertThat(roundTrip(x, DType.FLOAT, bits, 13, 1).values).isNotEqualTo(one);
    }

    @Test
    void wordsAndGroupsAreCountedToTheBit() {
        assertThat(GroupCodes.words(256, 2) * 32 + GroupCodes.groups(256) * 64).isEqualTo(256 * 2 + 64);
        assertThat(GroupCodes.words(1, 8)).isEqualTo(1);
        assertThat(GroupCodes.words(5, 8)).isEqualTo(2);
        assertThat(GroupCodes.words(17, 2)).isEqualTo(2);
        assertThat(GroupCodes.groups(256)).isEqualTo(1);
        assertThat(GroupCodes.groups(257)).isEqualTo(2);
    }
}
