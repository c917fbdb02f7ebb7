package org.backpropaganda.autograd.optim;

import java.util.List;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Gradient descent, perhaps with momentum, as PyTorch defines it:
 *
 * <pre>
 * g ← g + λ p
 * b ← μ b + g                (b = g in the first step)
 * p ← p − η b,  or with Nesterov momentum  p ← p − η (g + μ b)
 * state : b if μ &gt; 0          (bytes(p))
 * </pre>
 *
 * Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", § 2. Deviations:
 * PyTorch's; the learning rate is applied after the velocity, so that changing it acts at once.
 */
public final class Sgd extends ParameterOptimizer {
    private final double momentum;
    private final boolean nesterov;

    private Sgd(List<Parameter> parameters, TensorScope scope, Builder builder) {
        super(
                "sgd",
                parameters,
                scope,
                builder.momentum > 0 ? 1 : 0,
                builder.learningRate,
                builder.weightDecay,
                builder.decays);
        momentum = builder.momentum;
        nesterov = builder.nesterov;
    }

    /** Choices, by default no momentum and no weight decay. One builder may build for several models. */
    public static Builder builder(double learningRate) {
        return new Builder(learningRate);
    }

    /** Configures {@link Sgd}. */
    public static final class Builder {
        private final double learningRate;
        private double momentum;
        private boolean nesterov;
        private double weightDecay;
        private Predicate<? super Parameter> decays = parameter -> true;

        private Builder(double learningRate) {
            this.learningRate = Hyperparameters.notNegative("sgd: learning rate", learningRate);
        }

        /** μ, within [0, 1). */
        public Builder momentum(double value) {
            momentum = Hyperparameters.belowOne("sgd: momentum", value);
            return this;
        }

        /** Looks ahead: momentum in Nesterov's form. */
        public Builder nesterov() {
            nesterov = true;
            return this;
        }

        /** λ, added to the gradient. */
        public Builder weightDecay(double value) {
            weightDecay = Hyperparameters.notNegative("sgd: weight decay", value);
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
        public Sgd build(List<Parameter> parameters, TensorScope scope) {
            if (nesterov && momentum == 0) {
                throw new IllegalArgumentException("sgd: Nesterov momentum needs a momentum above 0");
            }
            return new Sgd(parameters, scope, this);
        }
    }

    @Override
    protected void update(Parameter parameter, Tensor gradient, State state) {
        Tensor value = parameter.value();
        double rate = learningRate();
        double decay = decayOf(parameter);
        if (momentum == 0) {
            HostLoop.run(1, FloatLoops.descend(rate, decay), DoubleLoops.descend(rate, decay), value, gradient);
            return;
        }
        HostLoop.run(
                2,
                nesterov ? FloatLoops.lookAhead(rate, decay, momentum) : FloatLoops.roll(rate, decay, momentum),
                nesterov ? DoubleLoops.lookAhead(rate, decay, momentum) : DoubleLoops.roll(rate, decay, momentum),
                value,
                state.tensor(0),
                gradient);
    }
}
