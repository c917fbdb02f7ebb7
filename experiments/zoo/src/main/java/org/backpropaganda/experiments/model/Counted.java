package org.backpropaganda.experiments.model;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;

/**
 * A module whose evaluations are counted as they begin: one that is computed again may end before its last op, when nobody reads
 * its result. It adds nothing to names, paths and keys.
 */
final class Counted extends Module {
    private final Module module;
    private final Runnable begins;

    Counted(Module module, Runnable begins) {
        this.module = register("", module);
        this.begins = begins;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        begins.run();
        return module.call(inputs);
    }
}
