package org.backpropaganda.autograd.testkit;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;

/** A module called twice before any backward; returns the results of both calls. */
final class CalledTwice extends Module {
    private final Module body;

    CalledTwice(Module body) {
        this.body = register("body", body);
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        List<Variable> results = new ArrayList<>(body.call(inputs));
        results.addAll(body.call(inputs));
        return results;
    }
}
