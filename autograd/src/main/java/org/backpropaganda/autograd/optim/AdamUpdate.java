package org.backpropaganda.autograd.optim;

import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;

/** The step that {@link Adam} and {@link AdamW} share. */
record AdamUpdate(double beta1, double beta2, double epsilon) {
    /** Tensors of state a parameter. */
    static final int MOMENTS = 2;

    /**
     * Moves one parameter.
     *
     * @param penalty times the value is added to the gradient
     * @param shrink the value is multiplied by this first
     */
    void apply(
            Tensor value,
            Tensor gradient,
            ParameterOptimizer.State state,
            double learningRate,
            double penalty,
            double shrink) {
        double t = (double) state.steps();
        double step = learningRate / (1 - Math.pow(beta1, t));
        double root = Math.sqrt(1 - Math.pow(beta2, t));
        double keep1 = beta1;
        double keep2 = beta2;
        double take1 = 1 - beta1;
        double take2 = 1 - beta2;
        double tiny = epsilon;
        float stepF = (float) step;
        float rootF = (float) root;
        float keep1F = (float) keep1;
        float keep2F = (float) keep2;
        float take1F = (float) take1;
        float take2F = (float) take2;
        float tinyF = (float) tiny;
        float penaltyF = (float) penalty;
        float shrinkF = (float) shrink;
        HostLoop.run(
                3,
                (a, from, count) -> {
                    for (int i = 0; i < count; i++) {
                        float p = a[0][i];
                        float g = a[3][i] + penaltyF * p;
                        float m = keep1F * a[1][i] + take1F * g;
                        float v = keep2F * a[2][i] + take2F * (g * g);
                        a[1][i] = m;
                        a[2][i] = v;
                        a[0][i] = shrinkF * p - stepF * (m / ((float) Math.sqrt(v) / rootF + tinyF));
                    }
                },
                (a, from, count) -> {
                    for (int i = 0; i < count; i++) {
                        double p = a[0][i];
                        double g = a[3][i] + penalty * p;
                        double m = keep1 * a[1][i] + take1 * g;
                        double v = keep2 * a[2][i] + take2 * (g * g);
                        a[1][i] = m;
                        a[2][i] = v;
                        a[0][i] = shrink * p - step * (m / (Math.sqrt(v) / root + tiny));
                    }
                },
                value,
                state.tensor(0),
                state.tensor(1),
                gradient);
    }
}
