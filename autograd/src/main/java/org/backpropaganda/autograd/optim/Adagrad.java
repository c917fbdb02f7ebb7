package org.backpropaganda.autograd.optim;

import java.util.List;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Steps divided by the root of the sum of all squared gradients, as PyTorch defines it; t counts a parameter's own steps:
 *
 * <pre>
 * g ← g + λ p
 * s ← s + g²                  (s = τ before the first step)
 * p ← p − η / (1 + (t − 1) δ) · g / (√s + ε)
 * state : s                   (bytes(p))
 * </pre>
 *
 * Source: Duchi et al. 2011, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", § 1, with a
 * diagonal matrix and no projection. Deviations: PyTorch's, δ, τ and λ.
 */
public final class Adagrad extends ParameterOptimizer {
    private final double learningRateDecay;
    private final double epsilon;
    private final double initialAccumulator;

    private Adagrad(List<Parameter> parameters, TensorScope scope, Builder b) {
        super("adagrad", parameters, scope, 1, b.learningRate, b.weightDecay, b.decays);
        learningRateDecay = b.learningRateDecay;
        epsilon = b.epsilon;
        initialAccumulator = b.initialAccumulator;
    }

    /** Choices, by default δ = 0, ε = 1e-10, τ = 0 and no weight decay. */
    public static Builder builder(double learningRate) {
        return new Builder(learningRate);
    }

    /** Configures {@link Adagrad}. One builder may build for several models. */
    public static final class Builder {
        private final double learningRate;
        private double learningRateDecay;
        private double epsilon = 1e-10;
        private double initialAccumulator;
        private double weightDecay;
        private Predicate<? super Parameter> decays = parameter -> true;

        private Builder(double learningRate) {
            this.learningRate = Hyperparameters.notNegative("adagrad: learning rate", learningRate);
        }

        /** δ, which the divisor of the learning rate grows by at each step. */
        public Builder learningRateDecay(double value) {
            learningRateDecay = Hyperparameters.notNegative("adagrad: learning rate decay", value);
            return this;
        }

        /** ε, added to the root. */
        public Builder epsilon(double value) {
            epsilon = Hyperparameters.notNegative("adagrad: epsilon", value);
            return this;
        }

        /** τ, what the sum of squares begins with. */
        public Builder initialAccumulator(double value) {
            initialAccumulator = Hyperparameters.notNegative("adagrad: initial accumulator", value);
            return this;
        }

        /** λ, added to the gradient. */
        public Builder weightDecay(double value) {
            weightDecay = Hyperparameters.notNegative("adagrad: weight decay", value);
            return this;
        }

        /** Which parameters decay; by default all. */
        public Builder decays(Predicate<? super Parameter> which) {
            decays = which;
            return this;
        }

        /**
         * The optimizer.
         *
         * @param parameters trainable, of the scope's engine, each once
         * @param scope the owner of the state
         */
        public Adagrad build(List<Parameter> parameters, TensorScope scope) {
            return new Adagrad(parameters, scope, this);
        }
    }

    @Override
    protected double initialState() {
        return initialAccumulator;
    }

    @Override
    protected void update(Parameter parameter, Tensor gradient, State state) {
        double rate = learningRate() / (1 + (state.steps() - 1) * learningRateDecay);
        double penalty = decayOf(parameter);
        HostLoop.run(
                2,
                FloatLoops.adagrad(rate, penalty, epsilon),
                DoubleLoops.adagrad(rate, penalty, epsilon),
                parameter.value(),
                state.tensor(0),
                gradient);
    }
}
