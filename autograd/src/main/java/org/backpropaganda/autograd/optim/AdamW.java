package org.backpropaganda.autograd.optim;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * {@link Adam} with weight decay apart from the gradient, as PyTorch defines it:
 *
 * <pre>
 * p ← (1 − η λ) p
 * m ← β₁ m + (1 − β₁) g
 * v ← β₂ v + (1 − β₂) g²
 * p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * state : m, v                (2 bytes(p))
 * </pre>
 *
 * Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", Algorithm 2. Deviations: PyTorch's; the
 * learning rate scales the decay, schedule and base rate alike.
 */
public final class AdamW extends ParameterOptimizer {
    private final AdamUpdate update;

    private AdamW(List<Parameter> parameters, TensorScope scope, AdamBuilder<AdamW> b) {
        super("adamW", parameters, scope, AdamUpdate.MOMENTS, b.learningRate, b.weightDecay, b.decays);
        update = new AdamUpdate(b.beta1, b.beta2, b.epsilon);
    }

    /** Choices, by default β = (0.9, 0.999), ε = 1e-8 and a weight decay of 0.01. */
    public static AdamBuilder<AdamW> builder(double learningRate) {
        return new AdamBuilder<>("adamW", learningRate, 0.01, 1e-8, AdamW::new);
    }

    @Override
    protected void update(Parameter parameter, Tensor gradient, State state) {
        double rate = learningRate();
        update.apply(parameter.value(), gradient, state, rate, 0, 1 - rate * decayOf(parameter));
    }
}
