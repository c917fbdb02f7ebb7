package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.Variable;

/**
 * Cosine of the angle between vectors along the last axis, composed of {@link Multiply}, {@link Sum}, {@link Clamp},
 * {@link Sqrt} and {@link Divide}.
 *
 * <pre>
 * y     = Σ a b / (max(‖a‖, ε) max(‖b‖, ε)), ε = 1e-8, sums along the last axis
 * shape : a [*, K], b [*, K] → y [*]
 * saves : a and b, and a few numbers a vector
 * vjp   : that of the formula; the norm of a vector shorter than ε counts as constant
 * </pre>
 *
 * Known gaps: the square of a norm must be a number of the type; of vectors longer than 1.8e19 in {@code FLOAT} (1.3e154 in
 * {@code DOUBLE}) the cosine is 0 or NaN.
 */
public final class CosineSimilarity {
    private static final double EPSILON = 1e-8;

    private CosineSimilarity() {}

    /** Cosine of the angle between a and b along the last axis. */
    public static Variable cosineSimilarity(Variable a, Variable b) {
        Checks.require(
                a.shape().equals(b.shape()) && a.shape().rank() > 0,
                "cosineSimilarity",
                a.shape() + " and " + b.shape() + " must be one shape [*, K]");
        return Divide.divide(product(a, b), Multiply.multiply(norm(a), norm(b)));
    }

    private static Variable product(Variable a, Variable b) {
        Variable terms = Multiply.multiply(a, b);
        Variable sum = Sum.sum(terms, -1);
        terms.release();
        return sum;
    }

    /** Limited before the root is taken, whose derivative at 0 is infinite. */
    private static Variable norm(Variable x) {
        return Sqrt.sqrt(Clamp.clamp(product(x, x), EPSILON * EPSILON, Double.POSITIVE_INFINITY));
    }
}
