package org.backpropaganda.checkpointing.planner;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;

/** A model that is executed as a plan says, and tells which. Names, paths and random keys are those of the model. */
public final class PlannedModule extends Module {
    private final Plan plan;
    private final Module body;

    PlannedModule(Plan plan, Module body) {
        this.plan = plan;
        this.body = register("", body);
    }

    /** What it follows. */
    public Plan plan() {
        return plan;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        return body.call(inputs);
    }
}
