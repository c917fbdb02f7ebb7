package org.backpropaganda.reversible.exact;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Move;
import org.backpropaganda.reversible.Update;

/**
 * Midpoint layer in fixed point: {@code p₊ = Q(p₋) + Q(2h f(p))}; the streams (p₋, p) become (p, p₊). p is brought onto the grid
 * when it enters.
 *
 * <pre>
 * inverse  : p₋ = p₊ − Q(2h f(p)), to the bit
 * backward : dp₋ = dp₊; dp += 2h (∂f/∂p)ᵀ dp₊, as if Q were the identity
 * </pre>
 *
 * In a {@link org.backpropaganda.reversible.ReversibleSequence} every gradient equals, bit for bit, that of the same layers in a
 * {@link org.backpropaganda.autograd.nn.Sequential}; nothing is kept beside the last streams. Both streams may begin as one.
 *
 * <pre>{@code
 * List<Variable> y = new ReversibleSequence(List.of(new ExactMidpoint(f0, 0.1), new ExactMidpoint(f1, 0.1)))
 *         .call(List.of(x, x));
 * }</pre>
 *
 * <p>Source: Chang et al. 2018, "Reversible Architectures for Arbitrarily Deep Residual Neural Networks" (midpoint network).
 */
public final class ExactMidpoint extends Coupling {

    /** {@link #ExactMidpoint(Module, double, FixedPoint)} on the {@link FixedPoint#STANDARD standard} grid. */
    public ExactMidpoint(Module f, double h) {
        this(f, h, FixedPoint.STANDARD);
    }

    /**
     * A layer.
     *
     * @param f keeps shapes
     * @param h the step size, finite
     * @param grid that streams lie on; they are refused, by an {@link ArithmeticException} that names the place, where they leave
     *     its range
     */
    public ExactMidpoint(Module f, double h, FixedPoint grid) {
        super(
                List.of("before", "now"),
                List.of(
                        grid.enter("now"),
                        Update.of("before", grid.add(), new Scaled(f, twice(h)), "now")
                                .named("f"),
                        Move.swap("before", "now")));
    }

    private static double twice(double h) {
        if (!Double.isFinite(2 * h)) {
            throw new IllegalArgumentException("exact midpoint: step size " + h + " is not finite; give one, as 0.1");
        }
        return 2 * h;
    }
}
