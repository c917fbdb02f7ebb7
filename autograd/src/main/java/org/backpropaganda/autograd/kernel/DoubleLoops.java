package org.backpropaganda.autograd.kernel;

import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;

/** {@link FloatLoops} in {@code DOUBLE}, made from its text by {@code TwinLoopsTest}. */
final class DoubleLoops {
    private DoubleLoops() {}

    /** {@code y = f(x)}, over y and x. */
    static HostLoop.DoubleBody map(DoubleUnaryOperator f) {
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = f.applyAsDouble(a[1][i]);
            }
        };
    }

    /** {@code y = f(a, b)}, over y, a and b. */
    static HostLoop.DoubleBody map(DoubleBinaryOperator f) {
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = f.applyAsDouble(a[1][i], a[2][i]);
            }
        };
    }

    /** Puts the sums over each piece where it begins. */
    static HostLoop.DoubleBody sum(int sums, HostLoop.Summand f, Map<Long, double[]> pieces) {
        return (a, from, count) -> {
            double[] own = new double[sums];
            for (int i = 0; i < count; i++) {
                f.add(own, a[0][i]);
            }
            pieces.put(from, own);
        };
    }

    /** Puts the sums over each piece where it begins. */
    static HostLoop.DoubleBody sum(int sums, HostLoop.PairSummand f, Map<Long, double[]> pieces) {
        return (a, from, count) -> {
            double[] own = new double[sums];
            for (int i = 0; i < count; i++) {
                f.add(own, a[0][i], a[1][i]);
            }
            pieces.put(from, own);
        };
    }

    /** {@code r ← keep r + weight x} over r and x, computed in double. */
    static HostLoop.DoubleBody blend(double keep, double weight) {
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double blended = keep * a[0][i] + weight * a[1][i];
                a[0][i] = blended;
            }
        };
    }

    /** {@code y = max(a, b)}, over y, a and b. */
    static HostLoop.DoubleBody maximum() {
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = Math.max(a[1][i], a[2][i]);
            }
        };
    }

    /** {@code y = min(a, b)}, over y, a and b. */
    static HostLoop.DoubleBody minimum() {
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = Math.min(a[1][i], a[2][i]);
            }
        };
    }

    /** {@code y ← max(y, 0)}; NaN stays. */
    static HostLoop.DoubleBody rectify() {
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = a[0][i] <= 0 ? 0 : a[0][i];
            }
        };
    }

    /** −1 where {@code y ≤ 0}, 1 elsewhere, over that and y. */
    static HostLoop.DoubleBody passes() {
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = a[1][i] <= 0 ? -1 : 1;
            }
        };
    }

    /** {@code y = x / keep} where a unit survives, 0 elsewhere, over y and x. */
    static HostLoop.DoubleBody survivors(long key, double keep, LongUnaryOperator unit) {
        long threshold = DropoutMask.threshold(keep);
        double inverse = 1 / keep;
        double scale = inverse;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = DropoutMask.survives(key, unit.applyAsLong(from + i), threshold) ? a[1][i] * scale : 0;
            }
        };
    }

    /** {@code y = k x + Σₛ cₛ zₛ}, over y and x, each z under a key of its own, computed in double. */
    static HostLoop.DoubleBody noise(double keep, long[] keys, double[] scales) {
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double sum = keep * a[1][i];
                for (int s = 0; s < keys.length; s++) {
                    sum += scales[s] * NormalNoise.at(keys[s], from + i);
                }
                a[0][i] = sum;
            }
        };
    }

    /** Puts {@code Σ x z} over each piece, for the z of each key, where it begins. */
    static HostLoop.DoubleBody noiseDot(long[] keys, Map<Long, double[]> pieces) {
        return (a, from, count) -> {
            double[] own = new double[keys.length];
            for (int i = 0; i < count; i++) {
                for (int s = 0; s < keys.length; s++) {
                    own[s] += a[0][i] * NormalNoise.at(keys[s], from + i);
                }
            }
            pieces.put(from, own);
        };
    }
}
