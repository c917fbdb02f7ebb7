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
        Direction direction = new Direction((double) state.steps(), decayOf(parameter));
        double ratio = direction.trustRatio(parameter.value(), state, gradient);
        direction.descend(parameter.value(), state, learningRate() * ratio);
    }

    /** r of one step: {@code scale · m / (√v + tiny) + decay · p}. */
    private final class Direction {
        private final double scale;
        private final double tiny;
        private final double decay;

        Direction(double t, double decay) {
            double root = Math.sqrt(1 - Math.pow(beta2, t));
            this.scale = root / (1 - Math.pow(beta1, t));
            this.tiny = epsilon * root;
            this.decay = decay;
        }

        /** Moves the moments on, and compares the norms. */
        double trustRatio(Tensor value, State state, Tensor gradient) {
            double keep1 = beta1;
            double keep2 = beta2;
            double take1 = 1 - beta1;
            double take2 = 1 - beta2;
            float keep1F = (float) keep1;
            float keep2F = (float) keep2;
            float take1F = (float) take1;
            float take2F = (float) take2;
            float scaleF = (float) scale;
            float tinyF = (float) tiny;
            float decayF = (float) decay;
            PieceSums values = new PieceSums();
            PieceSums directions = new PieceSums();
            HostLoop.run(
                    2,
                    (a, from, count) -> {
                        double squaresOfP = 0;
                        double squaresOfR = 0;
                        for (int i = 0; i < count; i++) {
                            float p = a[2][i];
                            float g = a[3][i];
                            float m = keep1F * a[0][i] + take1F * g;
                            float v = keep2F * a[1][i] + take2F * (g * g);
                            a[0][i] = m;
                            a[1][i] = v;
                            float r = scaleF * m / ((float) Math.sqrt(v) + tinyF) + decayF * p;
                            squaresOfP += (double) p * p;
                            squaresOfR += (double) r * r;
                        }
                        values.add(from, squaresOfP);
                        directions.add(from, squaresOfR);
                    },
                    (a, from, count) -> {
                        double squaresOfP = 0;
                        double squaresOfR = 0;
                        for (int i = 0; i < count; i++) {
                            double p = a[2][i];
                            double g = a[3][i];
                            double m = keep1 * a[0][i] + take1 * g;
                            double v = keep2 * a[1][i] + take2 * (g * g);
                            a[0][i] = m;
                            a[1][i] = v;
                            double r = scale * m / (Math.sqrt(v) + tiny) + decay * p;
                            squaresOfP += p * p;
                            squaresOfR += r * r;
                        }
                        values.add(from, squaresOfP);
                        directions.add(from, squaresOfR);
                    },
                    state.tensor(0),
                    state.tensor(1),
                    value,
                    gradient);
            double normOfP = Math.sqrt(values.total());
            double normOfR = Math.sqrt(directions.total());
            return normOfP > 0 && normOfR > 0 ? normOfP / normOfR : 1;
        }

        void descend(Tensor value, State state, double rate) {
            float rateF = (float) rate;
            float scaleF = (float) scale;
            float tinyF = (float) tiny;
            float decayF = (float) decay;
            HostLoop.run(
                    1,
                    (a, from, count) -> {
                        for (int i = 0; i < count; i++) {
                            float p = a[0][i];
                            float r = scaleF * a[1][i] / ((float) Math.sqrt(a[2][i]) + tinyF) + decayF * p;
                            a[0][i] = p - rateF * r;
                        }
                    },
                    (a, from, count) -> {
                        for (int i = 0; i < count; i++) {
                            double p = a[0][i];
                            double r = scale * a[1][i] / (Math.sqrt(a[2][i]) + tiny) + decay * p;
                            a[0][i] = p - rate * r;
                        }
                    },
                    value,
                    state.tensor(0),
                    state.tensor(1));
        }
    }
}
