package org.backpropaganda.reversible;

import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Abs;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Clamp;
import org.backpropaganda.autograd.op.Exp;
import org.backpropaganda.autograd.op.Gate;
import org.backpropaganda.autograd.op.Log;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sigmoid;
import org.backpropaganda.autograd.op.Softplus;
import org.backpropaganda.autograd.op.Tanh;

/**
 * How an affine coupling makes a scale S, which is not zero, of what its function gives as s, and log |S| with it.
 *
 * @param name for messages
 * @param scale S(s)
 * @param logarithm log |S(s)|
 */
public record Scaling(String name, UnaryOperator<Variable> scale, UnaryOperator<Variable> logarithm) {
    private static final double SHIFT = 2;

    /** S = sigmoid(s + 2), below 1. Source: Kingma and Dhariwal 2018, "Glow", in the authors' code; memcnn's default. */
    public static Scaling sigmoid() {
        return new Scaling(
                "sigmoid",
                s -> Sigmoid.sigmoid(Scale.scale(s, 1, SHIFT)),
                s -> Scale.scale(Softplus.softplus(Scale.scale(s, -1, -SHIFT)), -1));
    }

    /** S = exp(s). Source: Dinh et al. 2017, "Density estimation using Real NVP", Eq. (7). */
    public static Scaling exp() {
        return new Scaling("exp", Exp::exp, s -> s);
    }

    /**
     * S = exp(c tanh(s/c)), within exp(±c). Source: Ardizzone et al. 2019, "Guided Image Generation with Conditional
     * Invertible Neural Networks", § 3 (soft clamping; theirs has 2/π atan for tanh).
     *
     * @param clamp c, above 0
     */
    public static Scaling softClamp(double clamp) {
        if (!(clamp > 0 && Double.isFinite(clamp))) {
            throw new IllegalArgumentException("softClamp: clamp " + clamp + " is not above 0; give one, as 2");
        }
        UnaryOperator<Variable> logarithm = s -> Scale.scale(Tanh.tanh(Scale.scale(s, 1 / clamp)), clamp);
        return new Scaling("soft clamp", s -> Exp.exp(logarithm.apply(s)), logarithm);
    }

    /**
     * S = s itself, held at {@code least} or above. Where s falls below, its gradient is zero.
     *
     * @param least above 0
     */
    public static Scaling atLeast(double least) {
        if (!(least > 0 && Double.isFinite(least))) {
            throw new IllegalArgumentException("atLeast: " + least + " is not above 0; a scale of 0 has no inverse");
        }
        UnaryOperator<Variable> scale = s -> Clamp.clamp(s, least, Double.POSITIVE_INFINITY);
        return new Scaling("at least " + least, scale, s -> Log.log(scale.apply(s)));
    }

    /**
     * S = s itself of either sign, held at {@code least} or further from zero, on the side of zero where s is: 0 becomes
     * {@code least}. Where s is nearer to zero, its gradient is zero.
     *
     * @param least above 0
     */
    public static Scaling awayFromZero(double least) {
        if (!(least > 0 && Double.isFinite(least))) {
            throw new IllegalArgumentException(
                    "awayFromZero: " + least + " is not above 0; a scale of 0 has no inverse");
        }
        UnaryOperator<Variable> scale = s -> {
            Variable negative = Gate.positive(Scale.scale(s, -1));
            return Add.add(
                    Gate.whereNot(negative, Clamp.clamp(s, least, Double.POSITIVE_INFINITY)),
                    Gate.where(negative, Clamp.clamp(s, Double.NEGATIVE_INFINITY, -least)));
        };
        return new Scaling("away from zero by " + least, scale, s -> Log.log(Abs.abs(scale.apply(s))));
    }
}
