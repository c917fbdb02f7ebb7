package org.backpropaganda.autograd.optim;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Adaptive moments, with weight decay in the gradient, as PyTorch defines it; t counts a parameter's own steps:
 *
 * <pre>
 * g ← g + λ p
 * m ← β₁ m + (1 − β₁) g
 * v ← β₂ v + (1 − β₂) g²
 * p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * state : m, v                (2 bytes(p))
 * </pre>
 *
 * Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", Algorithm 1.
 */
public final class Adam extends ParameterOptimizer {
    private final AdamUpdate update;

    private Adam(List<Parameter> parameters, TensorScope scope, AdamBuilder<Adam> b) {
        super("adam", parameters, scope, AdamUpdate.MOMENTS, b.learningRate, b.weightDecay, b.decays);
        update = new AdamUpdate(b.beta1, b.beta2, b.epsilon);
    }

    /** Choices, by default β = (0.9, 0.999), ε = 1e-8 and no weight decay. */
    public static AdamBuilder<Adam> builder(double learningRate) {
        return new AdamBuilder<>("adam", learningRate, 0, 1e-8, Adam::new);
    }

    @Override
    protected void update(Parameter parameter, Tensor gradient, State state) {
        update.apply(parameter.value(), gradient, state, learningRate(), decayOf(parameter), 1);
    }
}
