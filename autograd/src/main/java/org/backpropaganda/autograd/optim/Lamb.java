package org.backpropaganda.autograd.optim;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Adaptive moments with steps in proportion to the norm of each parameter, for large batches; t counts a parameter's own
 * steps:
 *
 * <pre>
 * m ← β₁ m + (1 − β₁) g
 * v ← β₂ v + (1 − β₂) g²
 * r = (m / (1 − β₁ᵗ)) / (√v / √(1 − β₂ᵗ) + ε) + λ p
 * p ← p − η ‖p‖ / ‖r‖ · r          (no quotient where a norm is 0)
 * state : m, v                (2 bytes(p))
 * </pre>
 *
 * Source: You et al. 2020, "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes", Algorithm 2, with φ
 * the identity and each parameter a layer. Norms are summed in double.
 */
public final class Lamb extends ParameterOptimizer {
    private final double beta1;
    private final double beta2;
    private final double epsilon;

    private Lamb(List<Parameter> parameters, TensorScope scope, AdamBuilder<Lamb> b) {
        super("lamb", parameters, scope, 2, b.learningRate, b.weightDecay, b.decays);
        beta1 = b.beta1;
        beta2 = b.beta2;
        epsilon = b.epsilon;
    }

    /** Choices, by default β = (0.9, 0.999), ε = 1e-6 and a weight decay of 0.01. */
    public static AdamBuilder<Lamb> builder(double learningRate) {
        return new AdamBuilder<>("lamb", learningRate, 0.01, 1e-6, Lamb::new);
    }

    @Override
    protected void update(Parameter parameter, Tensor gradient, State state) {
        // The direction is computed twice, from the moments, rather than kept: no memory beside the state.
        double t = (double) state.steps();
        double root = Math.sqrt(1 - Math.pow(beta2, t));
        Direction direction =
                new Direction(beta1, beta2, root / (1 - Math.pow(beta1, t)), epsilon * root, decayOf(parameter));
        double ratio = direction.trustRatio(parameter.value(), state, gradient);
        direction.descend(parameter.value(), state, learningRate() * ratio);
    }

    /** r of one step: {@code scale · m / (√v + tiny) + decay · p}. */
    record Direction(double beta1, double beta2, double scale, double tiny, double decay) {

        /** Moves the moments on, and compares the norms. */
        double trustRatio(Tensor value, State state, Tensor gradient) {
            PieceSums values = new PieceSums();
            PieceSums directions = new PieceSums();
            HostLoop.run(
                    2,
                    FloatLoops.lambMoments(this, values, directions),
                    DoubleLoops.lambMoments(this, values, directions),
                    state.tensor(0),
                    state.tensor(1),
                    value,
                    gradient);
            double normOfP = Math.sqrt(values.total());
            double normOfR = Math.sqrt(directions.total());
            return normOfP > 0 && normOfR > 0 ? normOfP / normOfR : 1;
        }

        void descend(Tensor value, State state, double rate) {
            HostLoop.run(
                    1,
                    FloatLoops.lambDescend(this, rate),
                    DoubleLoops.lambDescend(this, rate),
                    value,
                    state.tensor(0),
                    state.tensor(1));
        }
    }
}
