package org.backpropaganda.reversible;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;

/**
 * Affine coupling: {@code y1 = x1 ⊙ S(s) + t, (s, t) = F(x2)}; {@code y2 = x2 ⊙ S(s′) + t′, (s′, t′) = G(y1)}.
 *
 * <pre>
 * inverse  : x2 = (y2 − t′)/S(s′), x1 = (y1 − t)/S(s)
 * log |det|: Σ log S(s) + Σ log S(s′)
 * </pre>
 *
 * Each inversion divides by S: reconstruction drifts faster than that of an {@link AdditiveCoupling}, the faster the smaller S.
 *
 * <p>Source: Dinh et al. 2017, "Density estimation using Real NVP", Eq. (7), (8), with both halves changed.
 */
public final class AffineCoupling extends Coupling {

    /**
     * A coupling with the scale sigmoid(s + 2).
     *
     * @param f,g two different modules that return scale and shift: two results that broadcast to the stream, or one of twice
     *     its channels, whose first half is s
     */
    public AffineCoupling(Module f, Module g) {
        this(f, g, Scaling.sigmoid());
    }

    /**
     * A coupling.
     *
     * @param f,g two different modules that return scale and shift: two results that broadcast to the stream, or one of twice
     *     its channels, whose first half is s
     * @param scaling how s becomes a scale
     */
    public AffineCoupling(Module f, Module g, Scaling scaling) {
        super(
                List.of("x1", "x2"),
                List.of(
                        Update.of("x1", Combine.affine(scaling), f, "x2").named("f"),
                        Update.of("x2", Combine.affine(scaling), g, "x1").named("g")));
    }
}
