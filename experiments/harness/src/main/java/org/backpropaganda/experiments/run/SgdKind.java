package org.backpropaganda.experiments.run;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.TensorScope;

/** {@code sgd}: gradient descent with momentum 0.9. */
public final class SgdKind implements OptimizerKind {
    private static final double MOMENTUM = 0.9;

    @Override
    public String name() {
        return "sgd";
    }

    @Override
    public Optimizer create(RunConfig.Descent descent, List<Parameter> parameters, TensorScope scope) {
        return Sgd.builder(descent.lr())
                .momentum(MOMENTUM)
                .weightDecay(descent.weightDecay())
                .build(parameters, scope);
    }
}
