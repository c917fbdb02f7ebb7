package org.backpropaganda.synthetic.recurrent;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;

/**
 * What a window of a sequence begins with.
 *
 * @param tape the window's
 * @param states [L, B, H] that the window before left
 */
public record WindowEntry(Tape tape, List<Variable> states) {
    /** Copies the list. */
    public WindowEntry {
        states = List.copyOf(states);
    }

    /** The inputs of a recurrent module's call: x, and the states. */
    public List<Variable> with(Variable x) {
        List<Variable> inputs = new ArrayList<>();
        inputs.add(x);
        inputs.addAll(states);
        return inputs;
    }
}
