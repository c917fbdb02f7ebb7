package org.backpropaganda.autograd.optim;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Checks of what users choose. */
final class Hyperparameters {
    private Hyperparameters() {}

    static double notNegative(String name, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(name + " " + value + " must be finite and 0 or more");
        }
        return value;
    }

    static double belowOne(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " " + value + " is not within [0, 1)");
        }
        return value;
    }

    static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " " + value + " is below 1");
        }
    }

    static double share(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " " + value + " is not within [0, 1]");
        }
        return value;
    }

    /** Parameters that can be trained with state in the scope, each once. */
    static void parameters(String name, List<Parameter> parameters, TensorScope scope) {
        if (parameters.isEmpty()) {
            throw new IllegalArgumentException(name + ": no parameters are given");
        }
        Set<Parameter> seen = new HashSet<>();
        for (Parameter parameter : parameters) {
            if (!parameter.isTrainable()) {
                throw new IllegalArgumentException(name + ": parameter " + parameter + " is frozen; leave it out");
            }
            if (!parameter.value().dtype().isDifferentiable()) {
                throw new IllegalArgumentException(name + ": parameter " + parameter + " has no gradients");
            }
            if (parameter.value().engine() != scope.engine()) {
                throw new IllegalArgumentException(
                        name + ": parameter " + parameter + " belongs to another engine than the scope of the state");
            }
            if (!seen.add(parameter)) {
                throw new IllegalArgumentException(name + ": parameter " + parameter + " is given twice;"
                        + " Module.parameterList() has each once");
            }
        }
    }
}
