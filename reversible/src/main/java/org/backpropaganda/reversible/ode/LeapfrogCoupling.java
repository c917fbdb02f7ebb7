package org.backpropaganda.reversible.ode;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Move;
import org.backpropaganda.reversible.Update;

/**
 * A step of the leapfrog rule for {@code p̈ = f(p)}: {@code p(j+1) = 2 p(j) − p(j−1) + h² f(p(j))}. The streams are
 * (p(j−1), p(j)), of one shape, and then (p(j), p(j+1)). With the negative gradient of an energy for f, as a
 * {@link SymmetricLinear} or a {@link SymmetricConv2d}, the network is Hamiltonian.
 *
 * <pre>
 * inverse  : p(j−1) = 2 p(j) − p(j+1) + h² f(p(j)), the same rule the other way
 * log |det|: 0
 * cost     : two evaluations of f in a step of training
 * drift    : grows up to with the square of the depth even where f is 0: each step goes on from a difference of neighbours
 * </pre>
 *
 * <pre>{@code
 * Module f = new SymmetricLinear(factory, 8, 16, Activation.tanh());
 * Coupling step = new LeapfrogCoupling(f, 0.5);
 * List<Variable> y = step.call(List.of(x, x)); // p(1), p(2)
 * }</pre>
 *
 * <p>Source: Chang et al. 2018, "Reversible Architectures for Arbitrarily Deep Residual Neural Networks", § "Leapfrog Network".
 */
public final class LeapfrogCoupling extends Coupling {

    /**
     * A step.
     *
     * @param f of one input and one result, which keeps the shape
     * @param step h, not 0
     */
    public LeapfrogCoupling(Module f, double step) {
        super(
                List.of("previous", "current"),
                List.of(
                        Update.of("previous", Combine.scaledAdd(-1, 2), "current"),
                        Update.of(
                                "previous",
                                Combine.scaledAdd(1, Math.pow(StepSizes.checked("LeapfrogCoupling", step), 2)),
                                f,
                                "current"),
                        Move.swap("previous", "current")));
    }
}
