package org.backpropaganda.reversible.ode;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Move;
import org.backpropaganda.reversible.Update;

/**
 * A step of the two-step midpoint rule for {@code ṗ = f(p)}: {@code p(j+1) = p(j−1) + 2h f(p(j))}. The streams are
 * (p(j−1), p(j)), of one shape, and then (p(j), p(j+1)).
 *
 * <pre>
 * inverse  : p(j−1) = p(j+1) − 2h f(p(j))
 * log |det|: 0
 * cost     : two evaluations of f in a step of training
 * drift    : that of an additive coupling with 2h f
 * </pre>
 *
 * <p>A network begins with p(0) and a first step, as p(1) = p(0) + h f(p(0)), or with p(0) twice.
 *
 * <pre>{@code
 * ReversibleSequence body = new ReversibleSequence(List.of(new MidpointCoupling(f0, 0.1), new MidpointCoupling(f1, 0.1)));
 * List<Variable> y = body.call(List.of(x, x)); // p(2), p(3)
 * }</pre>
 *
 * <p>Source: Chang et al. 2018, "Reversible Architectures for Arbitrarily Deep Residual Neural Networks", § "Midpoint Network".
 */
public final class MidpointCoupling extends Coupling {

    /**
     * A step.
     *
     * @param f of one input and one result, which keeps the shape
     * @param step h, not 0
     */
    public MidpointCoupling(Module f, double step) {
        super(
                List.of("previous", "current"),
                List.of(
                        Update.of(
                                "previous",
                                Combine.scaledAdd(1, 2 * StepSizes.checked("MidpointCoupling", step)),
                                f,
                                "current"),
                        Move.swap("previous", "current")));
    }
}
