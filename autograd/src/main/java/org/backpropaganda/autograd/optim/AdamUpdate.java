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
        HostLoop.run(
                3,
                FloatLoops.adam(this, step, root, penalty, shrink),
                DoubleLoops.adam(this, step, root, penalty, shrink),
                value,
                state.tensor(0),
                state.tensor(1),
                gradient);
    }
}
