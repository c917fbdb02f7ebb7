package org.backpropaganda.reversible;

import java.util.List;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Invertible;
import org.backpropaganda.autograd.nn.Module;

/**
 * A module of which a forward and an inverse are known, and nothing else. It stands in a {@link Coupling} as a step of its own:
 *
 * <pre>{@code
 * Coupling coupling = Coupling.of(List.of("x1", "x2"), Step.of(bijection, "x1", "x2"));
 * }</pre>
 *
 * <p>Cost: a step of training evaluates it three times, where an {@link Update} evaluates its function twice: inverse, which
 * gives the inputs, shares nothing with the forward that is differentiated at them.
 */
public abstract class Bijection extends Module implements Invertible {

    /**
     * Computes the inputs by ops, on the tape of the outputs, calling the same registered modules as often as forward does.
     *
     * @param outputs the streams behind it, and side inputs behind those
     * @return the streams in front of it, as many, of the same shapes
     */
    protected abstract List<Variable> invert(List<Variable> outputs);

    /** The streams that {@link #call} turns into {@code outputs}, differentiable. */
    @Override
    public final List<Variable> inverse(List<Variable> outputs) {
        try (ModuleCall call = outputs.get(0).tape().enter(this)) {
            return call.returning(invert(outputs));
        }
    }
}
