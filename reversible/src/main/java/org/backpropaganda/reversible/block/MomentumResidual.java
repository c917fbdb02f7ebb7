package org.backpropaganda.reversible.block;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Update;

/**
 * A residual block with momentum, of the streams x and v of one shape: {@code v′ = γ v + (1 − γ) f(x), x′ = x + v′}.
 *
 * <pre>
 * inverse  : x = x′ − v′, v = (v′ − (1 − γ) f(x)) / γ
 * log |det|: log γ for each element of v
 * cost     : two evaluations of f in a step of training
 * drift    : each inversion multiplies an error of v by 1/γ; over n blocks γ⁻ⁿ, so that in FLOAT γ = 0.9 is lost
 *            within some 150 blocks, γ = 0.5 within some 20
 * </pre>
 *
 * <p>A network begins with v = 0, or with a function of x. Where γ goes to 0 the block becomes the residual block x + f(x).
 *
 * <pre>{@code
 * ReversibleSequence body = new ReversibleSequence(List.of(new MomentumResidual(f0, 0.9), new MomentumResidual(f1, 0.9)));
 * List<Variable> y = body.call(List.of(x, v)); // x′, v′
 * }</pre>
 *
 * <p>Source: Sander et al. 2021, "Momentum Residual Neural Networks", § 3. Deviation: the authors keep the bits
 * that the division by γ brings back; here v is in floating point and drifts.
 */
public final class MomentumResidual extends Coupling {

    /**
     * A block.
     *
     * @param f of one input and one result, which keeps the shape
     * @param gamma γ, above 0 and below 1
     */
    public MomentumResidual(Module f, double gamma) {
        super(
                List.of("x", "v"),
                List.of(
                        Update.of("v", Combine.scaledAdd(checked(gamma), 1 - gamma), f, "x"),
                        Update.of("x", Combine.add(), "v")));
    }

    private static double checked(double gamma) {
        if (gamma > 0 && gamma < 1) {
            return gamma;
        }
        throw new IllegalArgumentException(
                "MomentumResidual: gamma " + gamma
                        + " is not between 0 and 1, both left out; at 0 there is no inverse, at 1 f has no effect; give one as 0.9");
    }
}
