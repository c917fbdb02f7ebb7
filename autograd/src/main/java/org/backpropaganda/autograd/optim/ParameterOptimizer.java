package org.backpropaganda.autograd.optim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** What the optimizers share: parameters, learning rate, weight decay and state of the parameters' shapes. */
abstract sealed class ParameterOptimizer implements Optimizer permits Sgd, Adam, AdamW, RmsProp, Adagrad, Lion, Lamb {
    private final String name;
    private final TensorScope scope;
    private final int tensorsPerParameter;
    private final double weightDecay;
    private final Predicate<? super Parameter> decays;
    private final Map<Parameter, State> states = new LinkedHashMap<>();
    private double learningRate;

    /** What is kept for one parameter. */
    static final class State {
        private final List<Tensor> tensors = new ArrayList<>();
        private long steps;

        Tensor tensor(int number) {
            return tensors.get(number);
        }

        /** The number of this step, from 1. */
        long steps() {
            return steps;
        }
    }

    /**
     * Checks the parameters.
     *
     * @param name as the tensors' last writer, and in errors
     * @param tensorsPerParameter how many tensors of a parameter's shape are kept for it
     */
    ParameterOptimizer(
            String name,
            List<Parameter> parameters,
            TensorScope scope,
            int tensorsPerParameter,
            double learningRate,
            double weightDecay,
            Predicate<? super Parameter> decays) {
        this.name = name;
        this.tensorsPerParameter = tensorsPerParameter;
        this.learningRate = learningRate;
        this.weightDecay = weightDecay;
        this.decays = decays;
        Hyperparameters.parameters(name, parameters, scope);
        parameters.forEach(parameter -> states.put(parameter, new State()));
        this.scope = scope.child();
    }

    /** Changes one parameter and its state. */
    abstract void update(Parameter parameter, Tensor gradient, State state);

    /** What every element of new state is. */
    double initialState() {
        return 0;
    }

    final Set<Parameter> parameters() {
        return states.keySet();
    }

    @Override
    public final void step(Gradients gradients) {
        prepare(gradients);
        advance(gradients);
    }

    /** Makes the state that a step needs, or throws. */
    final void prepare(Gradients gradients) {
        checkOpen();
        states.forEach((parameter, state) -> {
            if (gradients.of(parameter) != null) {
                allocate(parameter, state);
            }
        });
    }

    /** The step, once its state is there. */
    final void advance(Gradients gradients) {
        states.forEach((parameter, state) -> {
            Tensor gradient = gradients.of(parameter);
            if (gradient != null) {
                advance(parameter, gradient, state);
            }
        });
    }

    private void checkOpen() {
        if (scope.isClosed()) {
            throw new IllegalStateException(name + ": used after close");
        }
    }

    private void advance(Parameter parameter, Tensor gradient, State state) {
        state.steps++;
        update(parameter, gradient, state);
        parameter.value().written(name);
    }

    @Override
    public final Gradients duringBackward(TensorScope owner) {
        return duringBackward(owner, GradientClip.none());
    }

    @Override
    public final Gradients duringBackward(TensorScope owner, GradientClip clip) {
        prepareAll(clip);
        return Gradients.handedOver(owner, (parameter, gradient) -> advance(parameter, gradient, clip));
    }

    /** Makes all state, or throws, as for clipping that cannot be done one gradient at a time. */
    final void prepareAll(GradientClip clip) {
        checkOpen();
        if (!clip.isElementwise()) {
            throw new IllegalArgumentException(name + ": " + clip + " needs every gradient before the first update;"
                    + " clip by value, or step after backward");
        }
        states.forEach(this::allocate);
    }

    /** The step of one parameter; false if the parameter is another's. */
    final boolean advance(Parameter parameter, Tensor gradient, GradientClip clip) {
        State state = states.get(parameter);
        if (state == null) {
            return false;
        }
        allocate(parameter, state);
        clip.clip(gradient);
        advance(parameter, gradient, state);
        return true;
    }

    private void allocate(Parameter parameter, State state) {
        while (state.tensors.size() < tensorsPerParameter) {
            Tensor tensor = OptimizerLedger.allocate(scope, parameter);
            state.tensors.add(initialState() == 0 ? tensor.zero() : tensor.fill(initialState()));
        }
    }

    @Override
    public final OptimizerState state() {
        checkOpen();
        Map<Parameter, OptimizerState.Slot> slots = new LinkedHashMap<>();
        states.forEach((parameter, state) -> slots.put(
                parameter, new OptimizerState.Slot(state.steps, tensorsPerParameter, List.copyOf(state.tensors))));
        return new OptimizerState(name, slots);
    }

    @Override
    public final void reserve(Collection<Parameter> parameters) {
        checkOpen();
        parameters.forEach(parameter -> {
            State state = states.get(parameter);
            if (state == null) {
                throw new IllegalArgumentException(name + ": parameter " + parameter + " is not one of those given");
            }
            allocate(parameter, state);
        });
    }

    @Override
    public final void resume(Map<Parameter, Long> steps) {
        steps.values().forEach(count -> Hyperparameters.atLeastOne(name + ": steps made", count));
        reserve(steps.keySet());
        states.forEach((parameter, state) -> {
            state.steps = steps.getOrDefault(parameter, 0L);
            if (state.steps == 0) {
                state.tensors.forEach(Tensor::close);
                state.tensors.clear();
            }
        });
    }

    /** The weight decay of one parameter. */
    final double decayOf(Parameter parameter) {
        return decays.test(parameter) ? weightDecay : 0;
    }

    @Override
    public final double learningRate() {
        return learningRate;
    }

    @Override
    public final void setLearningRate(double rate) {
        learningRate = Hyperparameters.notNegative(name + ": learning rate", rate);
    }

    @Override
    public final long stateBytes() {
        return scope.isClosed()
                ? 0
                : states.values().stream()
                        .flatMap(state -> state.tensors.stream())
                        .mapToLong(Tensor::bytes)
                        .sum();
    }

    @Override
    public final void close() {
        if (!scope.isClosed()) {
            scope.close();
        }
    }
}
