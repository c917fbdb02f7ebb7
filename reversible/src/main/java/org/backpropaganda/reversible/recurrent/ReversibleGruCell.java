package org.backpropaganda.reversible.recurrent;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Log;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Scaling;
import org.backpropaganda.reversible.Update;

/**
 * One step of a reversible GRU: the halves h1, h2 [B, H/2] of a state, and the side input x [B, I]:
 * {@code h1′ = z1 ⊙ h1 + (1 − z1) ⊙ g1}, where h2 and x give
 * {@code (z1, r1) = σ(W1 x + U1 h2 + b1), g1 = tanh(V1 x + S1 (r1 ⊙ h2) + c1)}; then h2 likewise by h1′.
 *
 * <pre>
 * inverse  : h2 = (h2′ − (1 − z2) ⊙ g2) / z2, h1 = (h1′ − (1 − z1) ⊙ g1) / z1
 * log |det|: Σ log z1 + Σ log z2
 * cost     : two evaluations of the gates in a step of training
 * drift    : each inversion multiplies an error of the state by up to 1/z, hence forget gates z = least + (1 − least) σ(…)
 * </pre>
 *
 * <pre>{@code
 * Coupling cell = new ReversibleGruCell(factory, 8, 32, 0.9);
 * List<Variable> after = cell.call(List.of(h1, h2, x)); // h1′, h2′, x
 * }</pre>
 *
 * <p>For sequences see {@link ReversibleGru}. Source: MacKay et al. 2018, "Reversible Recurrent Neural Networks", § 3.1.
 * Deviation: the authors keep the bits that z forgets; here the state is in floating point and drifts.
 */
public final class ReversibleGruCell extends Coupling {

    /**
     * A cell.
     *
     * @param inputs I
     * @param width H, even
     * @param least of the forget gates, above 0 and below 1
     */
    public ReversibleGruCell(ParameterFactory factory, long inputs, long width, double least) {
        this(half(factory, inputs, width, least), half(factory, inputs, width, least), "x", List.of());
    }

    /** A step that reads x under another name, perhaps one of several side inputs that pass through. */
    ReversibleGruCell(Module first, Module second, String x, List<String> sides) {
        super(
                List.of("h1", "h2"),
                sides,
                List.of(
                        Update.of("h1", forgetting(), first, "h2", x).named("first"),
                        Update.of("h2", forgetting(), second, "h1", x).named("second")));
    }

    /** z is a scale already. */
    private static Combine forgetting() {
        return Combine.affine(new Scaling("forget gate", (Variable z) -> z, Log::log));
    }

    static GruHalf half(ParameterFactory factory, long inputs, long width, double least) {
        if (width < 2 || width % 2 != 0) {
            throw new IllegalArgumentException("ReversibleGru: a state of width " + width
                    + " has no two halves, each changed by the other; give an even width");
        }
        if (!(least > 0 && least < 1)) {
            throw new IllegalArgumentException("ReversibleGru: forget gates of at least " + least
                    + ": give a number above 0, since the inverse divides by them, and below 1, as 0.9");
        }
        return new GruHalf(factory, inputs, width / 2, least);
    }
}
