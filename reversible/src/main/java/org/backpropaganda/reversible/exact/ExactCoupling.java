package org.backpropaganda.reversible.exact;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Update;

/**
 * Additive coupling in fixed point: {@code y1 = Q(x1) + Q(F(x2)), y2 = x2 + Q(G(y1))}, where x2 is brought onto the grid when it
 * enters.
 *
 * <pre>
 * inverse  : x2 = y2 − Q(G(y1)), x1 = y1 − Q(F(x2)), both to the bit
 * backward : dx1 = dy1 + (∂G/∂y1)ᵀ dy2; dx2 = dy2 + (∂F/∂x2)ᵀ dx1, as if Q were the identity
 * </pre>
 *
 * In a {@link org.backpropaganda.reversible.ReversibleSequence} every gradient equals, bit for bit, that of the same couplings in
 * a {@link org.backpropaganda.autograd.nn.Sequential}, which stores: at any depth, at a fixed number of threads. It keeps
 * no byte more than an {@link org.backpropaganda.reversible.AdditiveCoupling}.
 *
 * <pre>{@code
 * ReversibleSequence body = new ReversibleSequence(List.of(new ExactCoupling(f0, g0), new ExactCoupling(f1, g1)));
 * List<Variable> y = body.call(List.of(x1, x2));
 * }</pre>
 *
 * <p>Source: the coupling of Gomez et al. 2017, "The Reversible Residual Network", Eq. (6), (7), in fixed point as in MacKay et
 * al. 2018, "Reversible Recurrent Neural Networks". Departure: fixed point lives in the mantissa of a floating-point type,
 * so that functions read a stream as it is.
 */
public final class ExactCoupling extends Coupling {

    /** {@link #ExactCoupling(Module, Module, FixedPoint)} on the {@link FixedPoint#STANDARD standard} grid. */
    public ExactCoupling(Module f, Module g) {
        this(f, g, FixedPoint.STANDARD);
    }

    /**
     * A coupling.
     *
     * @param f,g two different modules that keep shapes
     * @param grid that streams lie on; they are refused, by an {@link ArithmeticException} that names the place, where they leave
     *     its range
     */
    public ExactCoupling(Module f, Module g, FixedPoint grid) {
        super(
                List.of("x1", "x2"),
                List.of(
                        grid.enter("x2"),
                        Update.of("x1", grid.add(), f, "x2").named("f"),
                        Update.of("x2", grid.add(), g, "x1").named("g")));
    }
}
