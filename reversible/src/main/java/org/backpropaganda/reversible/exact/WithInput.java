package org.backpropaganda.reversible.exact;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Identity;

/** A function that returns what it read behind its results, under the names of the function alone. */
final class WithInput extends Module {
    private final Module function;

    WithInput(Module function) {
        this.function = register("", function);
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Variable held = Identity.hold(inputs.get(0));
        List<Variable> results = new ArrayList<>(function.call(inputs));
        results.add(held);
        return results;
    }
}
