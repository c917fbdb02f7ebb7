package org.backpropaganda.autograd.optim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Groups of parameters, each with an optimizer of its own, that are trained as one: with learning rates, weight decays or
 * algorithms that differ.
 *
 * <pre>{@code
 * Optimizer optimizer = GroupedOptimizer.of(
 *         AdamW.builder(1e-3).build(weights, scope),
 *         AdamW.builder(1e-4).weightDecay(0).build(biases, scope));
 * }</pre>
 *
 * <p>The learning rate is that of the first group. Setting it, as a schedule does, scales those of the others alike: they
 * keep the proportions to the first that they had when the groups were put together.
 */
public final class GroupedOptimizer implements Optimizer {
    private final List<ParameterOptimizer> groups;
    private final double[] rates;
    private final Map<Parameter, ParameterOptimizer> owners = new HashMap<>();

    private GroupedOptimizer(List<ParameterOptimizer> groups) {
        this.groups = groups;
        this.rates =
                groups.stream().mapToDouble(ParameterOptimizer::learningRate).toArray();
        if (!(rates[0] > 0)) {
            throw new IllegalArgumentException(
                    "groups: the first learning rate is 0, to which no other is in proportion;"
                            + " begin with a group that learns");
        }
        for (ParameterOptimizer group : groups) {
            for (Parameter parameter : group.parameters()) {
                if (owners.put(parameter, group) != null) {
                    throw new IllegalArgumentException("groups: parameter " + parameter + " is in two groups");
                }
            }
        }
    }

    /**
     * Puts optimizers together, to be used through the result alone. It closes them.
     *
     * @param optimizers that extend {@link ParameterOptimizer}, or groups of such, with no parameter in common
     * @throws IllegalArgumentException if two hold the same parameter, or the first has a learning rate of 0
     */
    public static GroupedOptimizer of(Optimizer... optimizers) {
        List<ParameterOptimizer> groups = new ArrayList<>();
        for (Optimizer optimizer : optimizers) {
            if (optimizer instanceof ParameterOptimizer group) {
                groups.add(group);
            } else if (optimizer instanceof GroupedOptimizer nested) {
                groups.addAll(nested.groups);
            } else {
                throw new IllegalArgumentException("groups: " + optimizer + " is no ParameterOptimizer; extend that");
            }
        }
        if (groups.isEmpty()) {
            throw new IllegalArgumentException("groups: no optimizers are given");
        }
        return new GroupedOptimizer(groups);
    }

    @Override
    public void step(Gradients gradients) {
        groups.forEach(group -> group.prepare(gradients));
        groups.forEach(group -> group.advance(gradients));
    }

    @Override
    public Gradients duringBackward(TensorScope scope) {
        return duringBackward(scope, GradientClip.none());
    }

    @Override
    public Gradients duringBackward(TensorScope scope, GradientClip clip) {
        groups.forEach(group -> group.prepareAll(clip));
        return Gradients.handedOver(scope, (parameter, gradient) -> advance(parameter, gradient, clip));
    }

    private boolean advance(Parameter parameter, Tensor gradient, GradientClip clip) {
        ParameterOptimizer owner = owners.get(parameter);
        return owner != null && owner.advance(parameter, gradient, clip);
    }

    /** The learning rate of the first group's next step. */
    @Override
    public double learningRate() {
        return groups.get(0).learningRate();
    }

    /** The learning rate of each group's next step. */
    public List<Double> learningRates() {
        return groups.stream().map(ParameterOptimizer::learningRate).toList();
    }

    /** Sets the learning rate of the first group, and those of the others in proportion. */
    @Override
    public void setLearningRate(double rate) {
        Hyperparameters.notNegative("groups: learning rate", rate);
        double factor = rate / rates[0];
        for (double groupRate : rates) {
            Hyperparameters.notNegative("groups: learning rate", groupRate * factor);
        }
        groups.get(0).setLearningRate(rate);
        for (int i = 1; i < rates.length; i++) {
            groups.get(i).setLearningRate(rates[i] * factor);
        }
    }

    @Override
    public long stateBytes() {
        return groups.stream().mapToLong(ParameterOptimizer::stateBytes).sum();
    }

    /** Of all groups together. */
    @Override
    public OptimizerState state() {
        Map<Parameter, OptimizerState.Slot> slots = new LinkedHashMap<>();
        List<String> kinds = new ArrayList<>();
        for (ParameterOptimizer group : groups) {
            OptimizerState state = group.state();
            kinds.add(state.optimizer());
            slots.putAll(state.slots());
        }
        return new OptimizerState("groups of " + String.join(", ", kinds), slots);
    }

    @Override
    public void reserve(Collection<Parameter> parameters) {
        byGroup(parameters).forEach(ParameterOptimizer::reserve);
    }

    @Override
    public void resume(Map<Parameter, Long> steps) {
        steps.values().forEach(count -> Hyperparameters.atLeastOne("groups: steps made", count));
        reserve(steps.keySet());
        Map<ParameterOptimizer, List<Parameter>> split = byGroup(steps.keySet());
        for (ParameterOptimizer group : groups) {
            Map<Parameter, Long> own = new LinkedHashMap<>();
            split.getOrDefault(group, List.of()).forEach(parameter -> own.put(parameter, steps.get(parameter)));
            group.resume(own);
        }
    }

    private Map<ParameterOptimizer, List<Parameter>> byGroup(Collection<Parameter> parameters) {
        Map<ParameterOptimizer, List<Parameter>> split = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            ParameterOptimizer owner = owners.get(parameter);
            if (owner == null) {
                throw new IllegalArgumentException("groups: parameter " + parameter + " is not one of those given");
            }
            split.computeIfAbsent(owner, o -> new ArrayList<>()).add(parameter);
        }
        return split;
    }

    @Override
    public void close() {
        groups.forEach(ParameterOptimizer::close);
    }
}
