package org.backpropaganda.reversible.abn;

import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Decides from γ and β, before a step, which channels of a norm can be had back from its output: x̂ = (φ⁻¹(z) − β)/γ.
 *
 * @param gamma γ [C]
 * @param beta β [C], or none for zeros
 * @param activation φ
 * @param countInShapeRuns how many channels count as lost where γ has no values; null for all of them behind ELU, otherwise
 *     none
 */
record Reconstruction(
        Parameter gamma,
        @Nullable Parameter beta,
        InvertibleActivation activation,
        @Nullable Integer countInShapeRuns) {
    /*
     * With the unit roundoff u, y = γ x̂ + β is rounded by at most 3u (|γ x̂| + |β|): the scale, the product, the sum. z and
     * y had back from it lose 2u |y| each where a slope multiplies and divides. y − β and the division lose 3u |γ x̂| more. So
     * x̂ comes back within
     *
     *   8u (|x̂| + |β|/|γ|).
     *
     * Behind ELU, z = α (eʸ − 1) is rounded by 2u α, which is 2u e⁻ʸ in y. Values of a channel lie within √(m − 1) of zero
     * where m values are normalised together (one alone can be so large, if all others are equal), so that
     * y ≥ β − |γ| √(m − 1), and the error of x̂ has a third part of at most 8u e^(|γ| √(m−1) − β)/|γ|.
     *
     * A channel is had back where the factor of 8u is at most RATIO beside |x̂|: 2⁷ for FLOAT, an error of 2⁻¹⁴; 2¹⁵ for
     * DOUBLE, 2⁻³⁵. The gradients follow: |δdγ| ≤ Σ|dy| |δx̂|, and dx, which is γ/√(σ² + ε) times a sum of terms of the size of
     * dy and x̂ mean(dy x̂), moves by the same part of that size. A storing norm in FLOAT has x̂ within u |μ|/σ for comparison.
     *
     * Exponents are held far from both ends, so that γ², γ|γ|/√(σ² + ε), slope · γ x̂ and 1/slope are all normal numbers.
     */
    private static final int FLOAT_RATIO = 7;
    private static final int DOUBLE_RATIO = 15;
    private static final int FLOAT_EXPONENT = 40;
    private static final int DOUBLE_EXPONENT = 320;

    private static double ratio(DType dtype) {
        return Math.scalb(1.0, single(dtype) ? FLOAT_RATIO : DOUBLE_RATIO);
    }

    private static int exponent(DType dtype) {
        return single(dtype) ? FLOAT_EXPONENT : DOUBLE_EXPONENT;
    }

    private static boolean single(DType dtype) {
        return switch (dtype) {
            case FLOAT -> true;
            case DOUBLE -> false;
            case INT, BYTE, BIT -> throw new IllegalArgumentException("inPlaceAbn: γ of " + dtype + " is no number");
        };
    }

    /** Checks a number of lost channels that was given. */
    static void checkCount(String layer, int count, Parameter gamma) {
        long channels = gamma.value().elements();
        if (count < 0 || count > channels) {
            throw new IllegalArgumentException(
                    layer + ": " + count + " lost channels of " + channels + "; give a number from 0 to " + channels);
        }
    }

    int channels() {
        return Math.toIntExact(gamma.value().elements());
    }

    /** Which channels are lost; none where nothing is differentiated. */
    LostChannels lost(long valuesNormalisedTogether, Tape tape) {
        return tape.isDifferentiating() ? lost(valuesNormalisedTogether) : LostChannels.counted(channels(), 0);
    }

    /**
     * Which channels are lost.
     *
     * @param valuesNormalisedTogether at least one
     */
    LostChannels lost(long valuesNormalisedTogether) {
        Tensor scale = gamma.value();
        if (!scale.hasValues()) {
            int count = countInShapeRuns != null ? countInShapeRuns : isElu() ? channels() : 0;
            return LostChannels.counted(channels(), count);
        }
        double[] g = scale.toDoubles();
        double[] b = beta == null ? new double[g.length] : beta.value().toDoubles();
        double farthest = Math.sqrt(valuesNormalisedTogether - 1.0);
        LostChannels lost = LostChannels.of(
                g.length, IntStream.range(0, g.length).filter(c -> !comesBack(Math.abs(g[c]), b[c], farthest)));
        return isElu() && !lost.none() ? LostChannels.counted(g.length, g.length) : lost;
    }

    /** What is wrong with channels that are lost. */
    String why() {
        DType dtype = gamma.value().dtype();
        int exponent = exponent(dtype);
        String weights =
                "|β|/|γ| is above " + (long) ratio(dtype) + " or |γ| outside 2^-" + exponent + " to 2^" + exponent;
        if (activation instanceof InvertibleActivation.LeakyRelu leaky && leaky.slope() < Math.scalb(1.0, -exponent)) {
            return "the slope is below 2^-" + exponent;
        }
        return isElu() ? "ELU may saturate, or " + weights : weights;
    }

    private boolean isElu() {
        return activation instanceof InvertibleActivation.Elu;
    }

    private boolean comesBack(double scale, double shift, double farthest) {
        DType dtype = gamma.value().dtype();
        double least = Math.scalb(1.0, -exponent(dtype));
        return scale >= least
                && scale <= 1 / least
                && Math.abs(shift) <= ratio(dtype) * scale
                && comesBackThroughActivation(scale, shift, farthest, least);
    }

    private boolean comesBackThroughActivation(double scale, double shift, double farthest, double least) {
        if (activation instanceof InvertibleActivation.LeakyRelu leaky) {
            return leaky.slope() >= least;
        }
        if (activation instanceof InvertibleActivation.Elu elu) {
            return elu.alpha() >= least
                    && elu.alpha() <= 1 / least
                    && Math.exp(scale * farthest - shift) <= ratio(gamma.value().dtype()) * scale;
        }
        return true;
    }
}
