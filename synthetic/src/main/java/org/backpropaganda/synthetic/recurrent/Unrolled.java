package org.backpropaganda.synthetic.recurrent;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;

/**
 * What a window of a sequence computed.
 *
 * @param loss of one element: a mean over the batch, or a sum of such means over the steps of the window; a constant where no
 *     step of the window has a loss
 * @param results what the recurrent module returned: y [T, B, H] or [T · B, H], then the states at the exit
 */
public record Unrolled(Variable loss, List<Variable> results) {
    /** Copies the list. */
    public Unrolled {
        results = List.copyOf(results);
    }

    Variable y() {
        return results.get(0);
    }

    List<Variable> states() {
        return results.subList(1, results.size());
    }
}
