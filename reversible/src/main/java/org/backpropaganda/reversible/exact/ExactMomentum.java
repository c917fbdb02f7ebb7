package org.backpropaganda.reversible.exact;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Update;

/**
 * Momentum residual block in fixed point: {@code v′ = ⌊γ v⌋ + Q((1 − γ) f(x)), x′ = x + v′}, where x is brought onto the grid when
 * it enters.
 *
 * <pre>
 * inverse  : x = x′ − v′; w = v′ − Q((1 − γ) f(x)), v = ⌈w/γ⌉ or one unit more
 * backward : c = dx′ + dv′; dx = dx′ + (1 − γ) (∂f/∂x)ᵀ c; dv = γ c, as if ⌊⌋ and Q were the identity
 * kept     : 1 bit an element of v and block, which of the two v was
 * </pre>
 *
 * In a {@link org.backpropaganda.reversible.ReversibleSequence} every gradient equals, bit for bit, that of the same blocks in a
 * {@link org.backpropaganda.autograd.nn.Sequential}, however small γ and however deep. Streams: x and v, which begins as
 * zeros. {@link #inverse} is refused: it has not got the bits.
 *
 * <pre>{@code
 * Coupling block = new ExactMomentum(f, 0.9);
 * List<Variable> y = new ReversibleSequence(List.of(block)).call(List.of(x, v));
 * }</pre>
 *
 * <p>Source: Sander et al. 2021, "Momentum Residual Neural Networks"; exact multiplication: Maclaurin et al. 2015,
 * "Gradient-based Hyperparameter Optimization through Reversible Learning", Algorithm 3. Departure: they push what division leaves onto
 * an integer of growing length for each element; here γ is at least 1/2, so that it is one bit.
 */
public final class ExactMomentum extends Coupling {
    private static final int LEAST = 1 << (FixedPointScale.SHIFT - 1);
    private static final int END = 1 << FixedPointScale.SHIFT;

    private final double gamma;

    /** {@link #ExactMomentum(Module, double, FixedPoint)} on the {@link FixedPoint#STANDARD standard} grid. */
    public ExactMomentum(Module f, double gamma) {
        this(f, gamma, FixedPoint.STANDARD);
    }

    /**
     * A block.
     *
     * @param f keeps shapes
     * @param gamma in [1/2, 1); the nearest multiple of 2^−16 takes its place, which {@link #gamma()} tells
     * @param grid that streams lie on; they are refused, by an {@link ArithmeticException} that names the place, where they leave
     *     its range
     */
    public ExactMomentum(Module f, double gamma, FixedPoint grid) {
        this(f, new FixedPointScale(grid, numerator(gamma)));
    }

    private ExactMomentum(Module f, FixedPointScale scale) {
        super(
                List.of("x", "v"),
                List.of(
                        scale.grid().enter("x"),
                        Update.of("v", new MomentumCombine(scale), f, "x").named("f"),
                        Update.of("x", scale.grid().add(), "v")));
        this.gamma = scale.factor();
    }

    private static int numerator(double gamma) {
        long numerator = Math.round(gamma * END);
        if (numerator < LEAST || numerator >= END) {
            throw new IllegalArgumentException("exact momentum: γ " + gamma + ", " + numerator + "/" + END
                    + ", is not within [1/2, 1): below 1/2 a block loses more than the one bit of an element that is"
                    + " kept, and at 1 nothing of f enters; give one from 0.5 to 0.9999");
        }
        return (int) numerator;
    }

    /** γ, a multiple of 2^−16. */
    public double gamma() {
        return gamma;
    }
}
