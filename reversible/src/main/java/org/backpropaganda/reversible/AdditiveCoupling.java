package org.backpropaganda.reversible;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;

/**
 * Additive coupling: {@code y1 = x1 + F(x2), y2 = x2 + G(y1)}.
 *
 * <pre>
 * inverse  : x2 = y2 − G(y1), x1 = y1 − F(x2)
 * backward : dx1 = dy1 + (∂G/∂y1)ᵀ dy2; dx2 = dy2 + (∂F/∂x2)ᵀ dx1
 * </pre>
 *
 * Source: Gomez et al. 2017, "The Reversible Residual Network", Eq. (6), (7) and Algorithm 1. Departure: the evaluation
 * of G that reconstructs x2 also yields its gradient, and so for F: two evaluations of each in a step, not three.
 */
public final class AdditiveCoupling extends Coupling {

    /**
     * A coupling of two modules that keep shapes. A branch whose value needs no gradient, as one that was dropped, may be a
     * constant of the stream's shape.
     *
     * @param f,g two different modules of one input and one result, which has the shape and element type of the stream that
     *     it is added to; any other is refused when the coupling is called
     */
    public AdditiveCoupling(Module f, Module g) {
        super(
                List.of("x1", "x2"),
                List.of(
                        Update.add("x1", f, "x2").named("f"),
                        Update.add("x2", g, "x1").named("g")));
    }
}
