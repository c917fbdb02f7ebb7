package org.backpropaganda.autograd.nn;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;

/**
 * A module that tells its inputs from its outputs, as a reversible sequence does.
 *
 * <pre>{@code
 * List<Variable> y = module.call(x);
 * List<Variable> again = module.inverse(y);   // x, within rounding
 * }</pre>
 */
public interface Invertible {
    /**
     * The inputs that a call turns into {@code outputs}, differentiable.
     *
     * @param outputs as many as a call returns, with side inputs behind them where it takes any
     */
    List<Variable> inverse(List<Variable> outputs);
}
