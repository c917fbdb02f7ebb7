package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Comparisons of many numbers; failures name the element and the seed. */
final class Numbers {
    private Numbers() {}

    static void assertSame(List<double @Nullable []> actual, List<double @Nullable []> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            assertSame("gradient of input " + i, actual.get(i), expected.get(i));
        }
    }

    /** Bit for bit. */
    static void assertSame(String what, double @Nullable [] actual, double @Nullable [] expected) {
        if (actual == null || expected == null) {
            assertThat(actual).as("%s (seed %s)", what, TestSeed.get()).isEqualTo(expected);
            return;
        }
        assertThat(actual).as(what).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            if (Double.doubleToLongBits(actual[i]) != Double.doubleToLongBits(expected[i])) {
                fail(
                        "%s: element %d is %s, expected exactly %s (seed %d)",
                        what, i, actual[i], expected[i], TestSeed.get());
            }
        }
    }

    static void assertClose(List<double @Nullable []> actual, List<double @Nullable []> expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            assertClose("gradient of input " + i, actual.get(i), expected.get(i), tolerance);
        }
    }

    /** Within {@code tolerance} of the largest expected value, or of 1 where that is smaller. */
    static void assertClose(String what, double @Nullable [] actual, double @Nullable [] expected, double tolerance) {
        if (actual == null || expected == null) {
            assertSame(what, actual, expected);
            return;
        }
        assertThat(actual).as(what).hasSameSizeAs(expected);
        double scale = Arrays.stream(expected).map(Math::abs).reduce(1, Math::max);
        for (int i = 0; i < actual.length; i++) {
            if (!(Math.abs(actual[i] - expected[i]) <= tolerance * scale)) {
                fail(
                        "%s: element %d is %s, expected %s within %s (seed %d)",
                        what, i, actual[i], expected[i], tolerance * scale, TestSeed.get());
            }
        }
    }

    /** As {@link #assertClose}; NaN only where NaN is expected, and the same infinities. */
    static void assertAlike(String what, double @Nullable [] actual, double @Nullable [] expected, double tolerance) {
        if (actual == null || expected == null) {
            assertSame(what, actual, expected);
            return;
        }
        assertThat(actual).as(what).hasSameSizeAs(expected);
        double scale =
                Arrays.stream(expected).filter(Double::isFinite).map(Math::abs).reduce(1, Math::max);
        for (int i = 0; i < actual.length; i++) {
            boolean same = Double.compare(actual[i], expected[i]) == 0;
            if (!same && !(Math.abs(actual[i] - expected[i]) <= tolerance * scale)) {
                fail("%s: element %d is %s, expected %s within %s", what, i, actual[i], expected[i], tolerance * scale);
            }
        }
    }

    static List<double @Nullable []> sum(List<double @Nullable []> a, List<double @Nullable []> b) {
        List<double @Nullable []> sums = new ArrayList<>();
        for (int i = 0; i < a.size(); i++) {
            double[] left = a.get(i);
            double[] right = b.get(i);
            if (left == null || right == null) {
                sums.add(left == null ? right : left);
                continue;
            }
            double[] sum = left.clone();
            for (int j = 0; j < sum.length; j++) {
                sum[j] += right[j];
            }
            sums.add(sum);
        }
        return sums;
    }

    static double[] require(double @Nullable [] values) {
        if (values == null) {
            throw new AssertionError("no gradient has come");
        }
        return values;
    }

    /** Spoils a tensor behind the back of its version. */
    static void poison(Tensor tensor) {
        if (tensor.dtype() == DType.INT) {
            int[] spoilt = new int[Math.toIntExact(tensor.elements())];
            Arrays.fill(spoilt, Integer.MIN_VALUE);
            tensor.set(spoilt);
        } else {
            tensor.fill(Double.NaN);
        }
    }
}
