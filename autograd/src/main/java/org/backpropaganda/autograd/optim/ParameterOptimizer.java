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

/**
 * An optimizer that changes one parameter after another, with state of the parameters' shapes. What this library has are
 * such, and an optimizer of one's own is one file that extends it:
 *
 * <pre>{@code
 * public final class SignSgd extends ParameterOptimizer {
 *     public SignSgd(List<Parameter> parameters, TensorScope scope, double learningRate) {
 *         super("sign sgd", parameters, scope, 0, learningRate);
 *     }
 *
 *     @Override
 *     protected void update(Parameter parameter, Tensor gradient, State state) {
 *         double[] p = parameter.value().toDoubles();
 *         double[] g = gradient.toDoubles();
 *         for (int i = 0; i < p.length; i++) {
 *             p[i] -= learningRate() * Math.signum(g[i]);
 *         }
 *         parameter.value().set(p);
 *     }
 * }
 * }</pre>
 *
 * <p>Steps, updates during backward, clipping, groups, frozen parameters, learning rates, saving and restoring are done
 * here. State is booked as {@code OPTIMIZER} under the parameter's path.
 */
public abstract class ParameterOptimizer implements Optimizer {
    private final String name;
    private final TensorScope scope;
    private final int tensorsPerParameter;
    private final double weightDecay;
    private final Predicate<? super Parameter> decays;
    private final Map<Parameter, State> states = new LinkedHashMap<>();
    private double learningRate;

    /** What is kept for one parameter. */
    public static final class State {
        private final List<Tensor> tensors = new ArrayList<>();
        private long steps;

        private State() {}

        /** A tensor of the parameter's shape and type, to be modified. */
        public Tensor tensor(int number) {
            return tensors.get(number);
        }

        /** The number of this step, from 1. */
        public long steps() {
            return steps;
        }
    }

    /**
     * Checks the parameters; no weights decay.
     *
     * @param name of the algorithm: in errors, in saved states, and as the parameters' last writer
     * @param parameters trainable, of the scope's engine, each once
     * @param scope the owner of the state
     * @param tensorsPerParameter how many tensors of a parameter's shape are kept for it
     * @param learningRate of the first step
     */
    protected ParameterOptimizer(
            String name, List<Parameter> parameters, TensorScope scope, int tensorsPerParameter, double learningRate) {
        this(name, parameters, scope, tensorsPerParameter, learningRate, 0, parameter -> false);
    }

    /**
     * Checks the parameters.
     *
     * @param name of the algorithm: in errors, in saved states, and as the parameters' last writer
     * @param parameters trainable, of the scope's engine, each once
     * @param scope the owner of the state
     * @param tensorsPerParameter how many tensors of a parameter's shape are kept for it
     * @param learningRate of the first step
     * @param weightDecay what {@link #decayOf} returns for those that decay
     * @param decays which parameters do
     */
    protected ParameterOptimizer(
            String name,
            List<Parameter> parameters,
            TensorScope scope,
            int tensorsPerParameter,
            double learningRate,
            double weightDecay,
            Predicate<? super Parameter> decays) {
        this.name = name;
        this.tensorsPerParameter = tensorsPerParameter;
        this.learningRate = Hyperparameters.notNegative(name + ": learning rate", learningRate);
        this.weightDecay = Hyperparameters.notNegative(name + ": weight decay", weightDecay);
        this.decays = decays;
        if (name.isBlank() || tensorsPerParameter < 0) {
            throw new IllegalArgumentException("optimizer \"" + name + "\" with " + tensorsPerParameter
                    + " tensors a parameter: give it a name, and 0 tensors or more");
        }
        Hyperparameters.parameters(name, parameters, scope);
        parameters.forEach(parameter -> states.put(parameter, new State()));
        this.scope = scope.child();
    }

    /**
     * Changes one parameter and its state. The change is noted by the caller.
     *
     * @param parameter whose value is to be modified
     * @param gradient of its shape and type. Not modified
     * @param state tensors to be modified, and the number of this step
     */
    protected abstract void update(Parameter parameter, Tensor gradient, State state);

    /** What every element of new state is, 0 unless overridden. */
    protected double initialState() {
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
            if (parameter.isTrainable() && gradients.of(parameter) != null) {
                allocate(parameter, state);
            }
        });
    }

    /** The step, once its state is there. */
    final void advance(Gradients gradients) {
        states.forEach((parameter, state) -> {
            Tensor gradient = parameter.isTrainable() ? gradients.of(parameter) : null;
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
        states.forEach((parameter, state) -> {
            if (parameter.isTrainable()) {
                allocate(parameter, state);
            }
        });
    }

    /** The step of one parameter; false if the parameter is another's, or frozen. */
    final boolean advance(Parameter parameter, Tensor gradient, GradientClip clip) {
        State state = states.get(parameter);
        if (state == null || !parameter.isTrainable()) {
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
    protected final double decayOf(Parameter parameter) {
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
