package org.backpropaganda.experiments.run;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.optim.AdamW;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.TensorScope;

/** {@code adamw}: Adam with decoupled weight decay. */
public final class AdamWKind implements OptimizerKind {
    @Override
    public String name() {
        return "adamw";
    }

    @Override
    public Optimizer create(RunConfig.Descent descent, List<Parameter> parameters, TensorScope scope) {
        return AdamW.builder(descent.lr()).weightDecay(descent.weightDecay()).build(parameters, scope);
    }
}
