package org.backpropaganda.autograd.optim;

import java.util.List;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Steps of one size in every element, by the sign of a momentum: half the state of {@link AdamW}.
 *
 * <pre>
 * p ← p − η (sign(β₁ m + (1 − β₁) g) + λ p)          (sign(0) = 0)
 * m ← β₂ m + (1 − β₂) g
 * state : m                   (bytes(p))
 * </pre>
 *
 * Source: Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", Algorithm 2; its § 5 advises learning rates 3
 * to 10 times smaller than those of AdamW, and weight decay as many times larger.
 */
public final class Lion extends ParameterOptimizer {
    private final double beta1;
    private final double beta2;

    private Lion(List<Parameter> parameters, TensorScope scope, Builder b) {
        super("lion", parameters, scope, 1, b.learningRate, b.weightDecay, b.decays);
        beta1 = b.beta1;
        beta2 = b.beta2;
    }

    /** Choices, by default β = (0.9, 0.99) and no weight decay. */
    public static Builder builder(double learningRate) {
        return new Builder(learningRate);
    }

    /** Configures {@link Lion}. One builder may build for several models. */
    public static final class Builder {
        private final double learningRate;
        private double beta1 = 0.9;
        private double beta2 = 0.99;
        private double weightDecay;
        private Predicate<? super Parameter> decays = parameter -> true;

        private Builder(double learningRate) {
            this.learningRate = Hyperparameters.notNegative("lion: learning rate", learningRate);
        }

        /** Weights of the momentum in the step and in the next momentum, within [0, 1); by default 0.9 and 0.99. */
        public Builder betas(double first, double second) {
            beta1 = Hyperparameters.belowOne("lion: beta 1", first);
            beta2 = Hyperparameters.belowOne("lion: beta 2", second);
            return this;
        }

        /** λ, apart from the gradient and scaled by the learning rate. */
        public Builder weightDecay(double value) {
            weightDecay = Hyperparameters.notNegative("lion: weight decay", value);
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
        public Lion build(List<Parameter> parameters, TensorScope scope) {
            return new Lion(parameters, scope, this);
        }
    }

    @Override
    protected void update(Parameter parameter, Tensor gradient, State state) {
        double rate = learningRate();
        double decay = decayOf(parameter);
        HostLoop.run(
                2,
                FloatLoops.lion(rate, decay, beta1, beta2),
                DoubleLoops.lion(rate, decay, beta1, beta2),
                parameter.value(),
                state.tensor(0),
                gradient);
    }
}
