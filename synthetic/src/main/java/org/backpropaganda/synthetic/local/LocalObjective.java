package org.backpropaganda.synthetic.local;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;

/**
 * A loss of what a module returns, from which the module learns without those behind it.
 *
 * <p>Called with {@code [h, labels]}, h [B, ..., C] and labels [B] of INT, it returns one loss, a mean over the batch: a batch
 * given twice over has the same loss and the same gradients of parameters. Its own parameters learn from it too.
 *
 * <pre>{@code
 * public final class Nearest extends LocalObjective {
 *     protected Variable loss(Variable h, Variable labels) {
 *         return meanSquaredError(h, prototypesOf(labels));
 *     }
 * }
 * }</pre>
 */
public abstract class LocalObjective extends Module {

    /** The loss, one number. */
    protected abstract Variable loss(Variable h, Variable labels);

    @Override
    protected final List<Variable> forward(List<Variable> inputs) {
        if (inputs.size() != 2) {
            throw new IllegalArgumentException(describe() + ": takes [h, labels], got " + inputs.size() + " inputs");
        }
        return List.of(loss(inputs.get(0), inputs.get(1)));
    }
}
