package org.backpropaganda.autograd.optim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Steps divided by a running root mean square of the gradient, as PyTorch defines it:
 *
 * <pre>
 * g ← g + λ p
 * v ← α v + (1 − α) g²
 * a ← α a + (1 − α) g          (centered only)
 * d = g / (√v + ε),  or centered  d = g / (√(v − a²) + ε)
 * p ← p − η d,  or with momentum  b ← μ b + d,  p ← p − η b
 * state : v, a if centered, b if μ &gt; 0          (1 to 3 bytes(p))
 * </pre>
 *
 * Source: Tieleman and Hinton 2012, "Neural Networks for Machine Learning", Lecture 6.5; centered: Graves 2013,
 * "Generating Sequences With Recurrent Neural Networks", § 4.2. Deviations: PyTorch's, ε is added to the root; and where
 * rounding makes v − a² negative, it is taken as 0.
 */
public final class RmsProp extends ParameterOptimizer {
    private final double smoothing;
    private final double epsilon;
    private final double momentum;
    private final boolean centered;

    private RmsProp(List<Parameter> parameters, TensorScope scope, Builder b) {
        super(
                "rmsProp",
                parameters,
                scope,
                1 + (b.centered ? 1 : 0) + (b.momentum > 0 ? 1 : 0),
                b.learningRate,
                b.weightDecay,
                b.decays);
        smoothing = b.smoothing;
        epsilon = b.epsilon;
        momentum = b.momentum;
        centered = b.centered;
    }

    /** Choices, by default α = 0.99, ε = 1e-8, not centered, no momentum and no weight decay. */
    public static Builder builder(double learningRate) {
        return new Builder(learningRate);
    }

    /** Configures {@link RmsProp}. One builder may build for several models. */
    public static final class Builder {
        private final double learningRate;
        private double smoothing = 0.99;
        private double epsilon = 1e-8;
        private double momentum;
        private boolean centered;
        private double weightDecay;
        private Predicate<? super Parameter> decays = parameter -> true;

        private Builder(double learningRate) {
            this.learningRate = Hyperparameters.notNegative("rmsProp: learning rate", learningRate);
        }

        /** α, the decay rate of the running means, within [0, 1). */
        public Builder smoothing(double value) {
            smoothing = Hyperparameters.belowOne("rmsProp: smoothing", value);
            return this;
        }

        /** ε, added to the root. */
        public Builder epsilon(double value) {
            epsilon = Hyperparameters.notNegative("rmsProp: epsilon", value);
            return this;
        }

        /** μ, within [0, 1). */
        public Builder momentum(double value) {
            momentum = Hyperparameters.belowOne("rmsProp: momentum", value);
            return this;
        }

        /** Divides by an estimate of the gradient's standard deviation instead. */
        public Builder centered() {
            centered = true;
            return this;
        }

        /** λ, added to the gradient. */
        public Builder weightDecay(double value) {
            weightDecay = Hyperparameters.notNegative("rmsProp: weight decay", value);
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
        public RmsProp build(List<Parameter> parameters, TensorScope scope) {
            return new RmsProp(parameters, scope, this);
        }
    }

    @Override
    protected void update(Parameter parameter, Tensor gradient, State state) {
        List<Tensor> tensors = new ArrayList<>(List.of(parameter.value(), state.tensor(0)));
        if (centered) {
            tensors.add(state.tensor(1));
        }
        if (momentum > 0) {
            tensors.add(state.tensor(centered ? 2 : 1));
        }
        int written = tensors.size();
        tensors.add(gradient);
        HostLoop.run(
                written,
                FloatLoops.rmsProp(this, written, decayOf(parameter)),
                DoubleLoops.rmsProp(this, written, decayOf(parameter)),
                tensors.toArray(Tensor[]::new));
    }

    boolean centered() {
        return centered;
    }

    double momentum() {
        return momentum;
    }

    double smoothing() {
        return smoothing;
    }

    double epsilon() {
        return epsilon;
    }
}
