package org.example;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.run.OptimizerKind;
import org.backpropaganda.experiments.run.RunConfig;

/** An optimizer: gradient descent without momentum. */
public final class PlainDescent implements OptimizerKind {
    @Override
    public String name() {
        return "descent";
    }

    @Override
    public Optimizer create(RunConfig.Descent descent, List<Parameter> parameters, TensorScope scope) {
        return Sgd.builder(descent.lr()).build(parameters, scope);
    }
}
