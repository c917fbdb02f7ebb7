package org.backpropaganda.autograd.optim;

import org.backpropaganda.autograd.kernel.HostLoop;

/**
 * The arithmetic of optimizers in {@code FLOAT}, over pieces of tensors; {@link DoubleLoops} is this file with {@code double} for
 * {@code float}. Constants come in double and are rounded once. What is summed is summed in double.
 */
final class FloatLoops {
    private FloatLoops() {}

    /** {@code p ← p − η (g + λ p)}, over p and g. */
    static HostLoop.FloatBody descend(double rate, double decay) {
        float eta = (float) rate;
        float lambda = (float) decay;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                float p = a[0][i];
                a[0][i] = p - eta * (a[1][i] + lambda * p);
            }
        };
    }

    /** {@code b ← μ b + (g + λ p), p ← p − η b}, over p, b and g. */
    static HostLoop.FloatBody roll(double rate, double decay, double momentum) {
        float eta = (float) rate;
        float lambda = (float) decay;
        float mu = (float) momentum;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                float p = a[0][i];
                float b = mu * a[1][i] + (a[2][i] + lambda * p);
                a[1][i] = b;
                a[0][i] = p - eta * b;
            }
        };
    }

    /** {@code g ← g + λ p, b ← μ b + g, p ← p − η (g + μ b)}, over p, b and g. */
    static HostLoop.FloatBody lookAhead(double rate, double decay, double momentum) {
        float eta = (float) rate;
        float lambda = (float) decay;
        float mu = (float) momentum;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                float p = a[0][i];
                float g = a[2][i] + lambda * p;
                float b = mu * a[1][i] + g;
                a[1][i] = b;
                a[0][i] = p - eta * (g + mu * b);
            }
        };
    }

    /**
     * {@code g ← g + λ p, m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², p ← κ p − η m / (√v / ρ + ε)}, over p, m, v and g.
     *
     * @param shrink κ
     * @param correction ρ
     */
    static HostLoop.FloatBody adam(AdamUpdate choices, double rate, double correction, double penalty, double shrink) {
        double rest1 = 1 - choices.beta1();
        double rest2 = 1 - choices.beta2();
        float eta = (float) rate;
        float rho = (float) correction;
        float keep1 = (float) choices.beta1();
        float keep2 = (float) choices.beta2();
        float take1 = (float) rest1;
        float take2 = (float) rest2;
        float epsilon = (float) choices.epsilon();
        float lambda = (float) penalty;
        float kappa = (float) shrink;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                float p = a[0][i];
                float g = a[3][i] + lambda * p;
                float m = keep1 * a[1][i] + take1 * g;
                float v = keep2 * a[2][i] + take2 * (g * g);
                a[1][i] = m;
                a[2][i] = v;
                a[0][i] = kappa * p - eta * (m / ((float) Math.sqrt(v) / rho + epsilon));
            }
        };
    }

    /** {@code s ← s + g², p ← p − η g / (√s + ε)} with {@code g ← g + λ p} before, over p, s and g. */
    static HostLoop.FloatBody adagrad(double rate, double penalty, double tiny) {
        float eta = (float) rate;
        float lambda = (float) penalty;
        float epsilon = (float) tiny;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                float p = a[0][i];
                float g = a[2][i] + lambda * p;
                float s = a[1][i] + g * g;
                a[1][i] = s;
                a[0][i] = p - eta * (g / ((float) Math.sqrt(s) + epsilon));
            }
        };
    }

    /** {@code p ← p − η (sign(β₁ m + (1 − β₁) g) + λ p), m ← β₂ m + (1 − β₂) g}, over p, m and g. */
    static HostLoop.FloatBody lion(double rate, double decay, double beta1, double beta2) {
        double rest1 = 1 - beta1;
        double rest2 = 1 - beta2;
        float eta = (float) rate;
        float lambda = (float) decay;
        float keep1 = (float) beta1;
        float keep2 = (float) beta2;
        float take1 = (float) rest1;
        float take2 = (float) rest2;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                float p = a[0][i];
                float m = a[1][i];
                float g = a[2][i];
                a[0][i] = p - eta * (Math.signum(keep1 * m + take1 * g) + lambda * p);
                a[1][i] = keep2 * m + take2 * g;
            }
        };
    }

    /**
     * {@code g ← g + λ p, v ← α v + (1 − α) g², a ← α a + (1 − α) g, d ← g / (√max(0, v − a²) + ε), b ← μ b + d, p ← p − η b},
     * over p, v, perhaps a, perhaps b, and last g.
     *
     * @param last the number of g
     */
    static HostLoop.FloatBody rmsProp(RmsProp choices, int last, double decay) {
        boolean center = choices.centered();
        boolean roll = choices.momentum() > 0;
        double rest = 1 - choices.smoothing();
        float eta = (float) choices.learningRate();
        float lambda = (float) decay;
        float keep = (float) choices.smoothing();
        float take = (float) rest;
        float epsilon = (float) choices.epsilon();
        float mu = (float) choices.momentum();
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                float p = a[0][i];
                float g = a[last][i] + lambda * p;
                float v = keep * a[1][i] + take * (g * g);
                a[1][i] = v;
                if (center) {
                    float mean = keep * a[2][i] + take * g;
                    a[2][i] = mean;
                    v = Math.max(0, v - mean * mean);
                }
                float d = g / ((float) Math.sqrt(v) + epsilon);
                if (roll) {
                    d = mu * a[last - 1][i] + d;
                    a[last - 1][i] = d;
                }
                a[0][i] = p - eta * d;
            }
        };
    }

    /**
     * {@code m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²}, and the squares of p and of r = σ m / (√v + ε) + λ p, over m, v, p
     * and g.
     */
    static HostLoop.FloatBody lambMoments(Lamb.Direction direction, PieceSums values, PieceSums directions) {
        double rest1 = 1 - direction.beta1();
        double rest2 = 1 - direction.beta2();
        float keep1 = (float) direction.beta1();
        float keep2 = (float) direction.beta2();
        float take1 = (float) rest1;
        float take2 = (float) rest2;
        float sigma = (float) direction.scale();
        float epsilon = (float) direction.tiny();
        float lambda = (float) direction.decay();
        return (a, from, count) -> {
            double squaresOfP = 0;
            double squaresOfR = 0;
            for (int i = 0; i < count; i++) {
                float p = a[2][i];
                float g = a[3][i];
                float m = keep1 * a[0][i] + take1 * g;
                float v = keep2 * a[1][i] + take2 * (g * g);
                a[0][i] = m;
                a[1][i] = v;
                float r = sigma * m / ((float) Math.sqrt(v) + epsilon) + lambda * p;
                squaresOfP += (double) p * p;
                squaresOfR += (double) r * r;
            }
            values.add(from, squaresOfP);
            directions.add(from, squaresOfR);
        };
    }

    /** {@code p ← p − η (σ m / (√v + ε) + λ p)}, over p, m and v. */
    static HostLoop.FloatBody lambDescend(Lamb.Direction direction, double rate) {
        float eta = (float) rate;
        float sigma = (float) direction.scale();
        float epsilon = (float) direction.tiny();
        float lambda = (float) direction.decay();
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                float p = a[0][i];
                float r = sigma * a[1][i] / ((float) Math.sqrt(a[2][i]) + epsilon) + lambda * p;
                a[0][i] = p - eta * r;
            }
        };
    }

    /** {@code g ← max(−limit, min(limit, g))}; NaN stays. */
    static HostLoop.FloatBody limit(double limit) {
        float most = (float) limit;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = Math.max(-most, Math.min(most, a[0][i]));
            }
        };
    }

    /** {@code g ← factor g}. */
    static HostLoop.FloatBody scale(double factor) {
        float rounded = (float) factor;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] *= rounded;
            }
        };
    }

    /** Adds up the squares of g. */
    static HostLoop.FloatBody squares(PieceSums sums) {
        return (a, from, count) -> {
            double sum = 0;
            for (int i = 0; i < count; i++) {
                sum += (double) a[0][i] * a[0][i];
            }
            sums.add(from, sum);
        };
    }

    /** {@code s ← s + share (p − s)} over s and p, computed in double. */
    static HostLoop.FloatBody approach(double share) {
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double s = a[0][i];
                double moved = s + share * (a[1][i] - s);
                a[0][i] = (float) moved;
            }
        };
    }
}
