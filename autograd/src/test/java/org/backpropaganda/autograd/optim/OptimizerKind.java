package org.backpropaganda.autograd.optim;

import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.TensorScope;

/** A way to build an optimizer, and how many tensors it keeps a parameter. */
record OptimizerKind(String name, int tensors, BiFunction<List<Parameter>, TensorScope, Optimizer> build) {

    /** One of each, with choices that use every part of its state. */
    static Stream<OptimizerKind> all() {
        return Stream.of(
                new OptimizerKind("plain", 0, Sgd.builder(0.1)::build),
                new OptimizerKind("momentum", 1, Sgd.builder(0.1).momentum(0.9).weightDecay(0.1)::build),
                new OptimizerKind("nesterov", 1, Sgd.builder(0.1).momentum(0.9).nesterov()::build),
                new OptimizerKind("adam", 2, Adam.builder(0.1)::build),
                new OptimizerKind("adamW", 2, AdamW.builder(0.1)::build),
                new OptimizerKind("rmsProp", 1, RmsProp.builder(0.01)::build),
                new OptimizerKind("rmsProp momentum", 2, RmsProp.builder(0.01).momentum(0.9)::build),
                new OptimizerKind("rmsProp centered", 2, RmsProp.builder(0.01).centered()::build),
                new OptimizerKind(
                        "rmsProp both",
                        3,
                        RmsProp.builder(0.01).centered().momentum(0.9).weightDecay(0.1)::build),
                new OptimizerKind("adagrad", 1, Adagrad.builder(0.1).learningRateDecay(0.1)::build),
                new OptimizerKind("adagrad begun", 1, Adagrad.builder(0.1).initialAccumulator(0.5)::build),
                new OptimizerKind("lion", 1, Lion.builder(0.01).weightDecay(0.1)::build),
                new OptimizerKind("lamb", 2, Lamb.builder(0.1)::build));
    }

    Optimizer build(List<Parameter> parameters, TensorScope scope) {
        return build.apply(parameters, scope);
    }

    @Override
    public String toString() {
        return name;
    }
}
