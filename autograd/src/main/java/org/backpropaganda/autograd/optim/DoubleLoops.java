package org.backpropaganda.autograd.optim;

import org.backpropaganda.autograd.kernel.HostLoop;

/** {@link FloatLoops} in {@code DOUBLE}, made from its text by {@code TwinLoopsTest}. */
final class DoubleLoops {
    private DoubleLoops() {}

    /** {@code p ← p − η (g + λ p)}, over p and g. */
    static HostLoop.DoubleBody descend(double rate, double decay) {
        double eta = rate;
        double lambda = decay;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double p = a[0][i];
                a[0][i] = p - eta * (a[1][i] + lambda * p);
            }
        };
    }

    /** {@code b ← μ b + (g + λ p), p ← p − η b}, over p, b and g. */
    static HostLoop.DoubleBody roll(double rate, double decay, double momentum) {
        double eta = rate;
        double lambda = decay;
        double mu = momentum;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double p = a[0][i];
                double b = mu * a[1][i] + (a[2][i] + lambda * p);
                a[1][i] = b;
                a[0][i] = p - eta * b;
            }
        };
    }

    /** {@code g ← g + λ p, b ← μ b + g, p ← p − η (g + μ b)}, over p, b and g. */
    static HostLoop.DoubleBody lookAhead(double rate, double decay, double momentum) {
        double eta = rate;
        double lambda = decay;
        double mu = momentum;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double p = a[0][i];
                double g = a[2][i] + lambda * p;
                double b = mu * a[1][i] + g;
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
    static HostLoop.DoubleBody adam(AdamUpdate choices, double rate, double correction, double penalty, double shrink) {
        double rest1 = 1 - choices.beta1();
        double rest2 = 1 - choices.beta2();
        double eta = rate;
        double rho = correction;
        double keep1 = choices.beta1();
        double keep2 = choices.beta2();
        double take1 = rest1;
        double take2 = rest2;
        double epsilon = choices.epsilon();
        double lambda = penalty;
        double kappa = shrink;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double p = a[0][i];
                double g = a[3][i] + lambda * p;
                double m = keep1 * a[1][i] + take1 * g;
                double v = keep2 * a[2][i] + take2 * (g * g);
                a[1][i] = m;
                a[2][i] = v;
                a[0][i] = kappa * p - eta * (m / (Math.sqrt(v) / rho + epsilon));
            }
        };
    }

    /** {@code s ← s + g², p ← p − η g / (√s + ε)} with {@code g ← g + λ p} before, over p, s and g. */
    static HostLoop.DoubleBody adagrad(double rate, double penalty, double tiny) {
        double eta = rate;
        double lambda = penalty;
        double epsilon = tiny;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double p = a[0][i];
                double g = a[2][i] + lambda * p;
                double s = a[1][i] + g * g;
                a[1][i] = s;
                a[0][i] = p - eta * (g / (Math.sqrt(s) + epsilon));
            }
        };
    }

    /** {@code p ← p − η (sign(β₁ m + (1 − β₁) g) + λ p), m ← β₂ m + (1 − β₂) g}, over p, m and g. */
    static HostLoop.DoubleBody lion(double rate, double decay, double beta1, double beta2) {
        double rest1 = 1 - beta1;
        double rest2 = 1 - beta2;
        double eta = rate;
        double lambda = decay;
        double keep1 = beta1;
        double keep2 = beta2;
        double take1 = rest1;
        double take2 = rest2;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double p = a[0][i];
                double m = a[1][i];
                double g = a[2][i];
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
    static HostLoop.DoubleBody rmsProp(RmsProp choices, int last, double decay) {
        boolean center = choices.centered();
        boolean roll = choices.momentum() > 0;
        double rest = 1 - choices.smoothing();
        double eta = choices.learningRate();
        double lambda = decay;
        double keep = choices.smoothing();
        double take = rest;
        double epsilon = choices.epsilon();
        double mu = choices.momentum();
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double p = a[0][i];
                double g = a[last][i] + lambda * p;
                double v = keep * a[1][i] + take * (g * g);
                a[1][i] = v;
                if (center) {
                    double mean = keep * a[2][i] + take * g;
                    a[2][i] = mean;
                    v = Math.max(0, v - mean * mean);
                }
                double d = g / (Math.sqrt(v) + epsilon);
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
    static HostLoop.DoubleBody lambMoments(Lamb.Direction direction, PieceSums values, PieceSums directions) {
        double rest1 = 1 - direction.beta1();
        double rest2 = 1 - direction.beta2();
        double keep1 = direction.beta1();
        double keep2 = direction.beta2();
        double take1 = rest1;
        double take2 = rest2;
        double sigma = direction.scale();
        double epsilon = direction.tiny();
        double lambda = direction.decay();
        return (a, from, count) -> {
            double squaresOfP = 0;
            double squaresOfR = 0;
            for (int i = 0; i < count; i++) {
                double p = a[2][i];
                double g = a[3][i];
                double m = keep1 * a[0][i] + take1 * g;
                double v = keep2 * a[1][i] + take2 * (g * g);
                a[0][i] = m;
                a[1][i] = v;
                double r = sigma * m / (Math.sqrt(v) + epsilon) + lambda * p;
                squaresOfP += p * p;
                squaresOfR += r * r;
            }
            values.add(from, squaresOfP);
            directions.add(from, squaresOfR);
        };
    }

    /** {@code p ← p − η (σ m / (√v + ε) + λ p)}, over p, m and v. */
    static HostLoop.DoubleBody lambDescend(Lamb.Direction direction, double rate) {
        double eta = rate;
        double sigma = direction.scale();
        double epsilon = direction.tiny();
        double lambda = direction.decay();
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double p = a[0][i];
                double r = sigma * a[1][i] / (Math.sqrt(a[2][i]) + epsilon) + lambda * p;
                a[0][i] = p - eta * r;
            }
        };
    }

    /** {@code g ← max(−limit, min(limit, g))}; NaN stays. */
    static HostLoop.DoubleBody limit(double limit) {
        double most = limit;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] = Math.max(-most, Math.min(most, a[0][i]));
            }
        };
    }

    /** {@code g ← factor g}. */
    static HostLoop.DoubleBody scale(double factor) {
        double rounded = factor;
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                a[0][i] *= rounded;
            }
        };
    }

    /** Adds up the squares of g. */
    static HostLoop.DoubleBody squares(PieceSums sums) {
        return (a, from, count) -> {
            double sum = 0;
            for (int i = 0; i < count; i++) {
                sum += a[0][i] * a[0][i];
            }
            sums.add(from, sum);
        };
    }

    /** {@code s ← s + share (p − s)} over s and p, computed in double. */
    static HostLoop.DoubleBody approach(double share) {
        return (a, from, count) -> {
            for (int i = 0; i < count; i++) {
                double s = a[0][i];
                double moved = s + share * (a[1][i] - s);
                a[0][i] = moved;
            }
        };
    }
}
