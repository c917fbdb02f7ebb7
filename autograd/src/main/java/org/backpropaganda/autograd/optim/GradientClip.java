package org.backpropaganda.autograd.optim;

import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;

/** Limits gradients, in place, between backward and the optimizer's step. */
public sealed interface GradientClip {

    /** Leaves them as they are. */
    static GradientClip none() {
        return new ByValue(Double.POSITIVE_INFINITY);
    }

    /**
     * Moves every element into [−limit, limit]; NaN stays.
     *
     * @param limit above 0
     */
    static GradientClip byValue(double limit) {
        return new ByValue(limit);
    }

    /**
     * Scales all gradients by {@code limit / norm} where the Euclidean norm of all together exceeds the limit. Source:
     * Pascanu et al. 2013, "On the difficulty of training recurrent neural networks", Algorithm 1. Where the norm is
     * infinite, finite elements become 0 and infinite ones NaN; where it is NaN, so are all: as in PyTorch.
     *
     * @param limit above 0
     */
    static GradientClip byNorm(double limit) {
        return new ByNorm(limit);
    }

    /** Clips every gradient that is there. */
    void clip(Gradients gradients);

    /**
     * Clips one gradient before the others are known.
     *
     * @throws UnsupportedOperationException unless {@link #isElementwise()}
     */
    void clip(Tensor gradient);

    /** Whether an element's result depends on that element alone. */
    boolean isElementwise();

    /** {@link #byValue}. */
    record ByValue(double limit) implements GradientClip {
        /** Checks the limit. */
        public ByValue {
            requirePositive(limit);
        }

        @Override
        public void clip(Gradients gradients) {
            gradients.forEach((parameter, gradient) -> clip(gradient));
        }

        @Override
        public void clip(Tensor gradient) {
            if (Double.isInfinite(limit)) {
                return;
            }
            HostLoop.run(1, FloatLoops.limit(limit), DoubleLoops.limit(limit), gradient);
            gradient.written("gradient clipping");
        }

        @Override
        public boolean isElementwise() {
            return true;
        }
    }

    /** {@link #byNorm}. */
    record ByNorm(double limit) implements GradientClip {
        /** Checks the limit. */
        public ByNorm {
            requirePositive(limit);
        }

        @Override
        public void clip(Gradients gradients) {
            double norm = GradientNorm.of(gradients);
            if (norm <= limit) {
                return;
            }
            double factor = limit / norm;
            gradients.forEach((parameter, gradient) -> scale(gradient, factor));
        }

        private static void scale(Tensor gradient, double factor) {
            HostLoop.run(1, FloatLoops.scale(factor), DoubleLoops.scale(factor), gradient);
            gradient.written("gradient clipping");
        }

        @Override
        public void clip(Tensor gradient) {
            throw new UnsupportedOperationException(this + " needs every gradient at once");
        }

        @Override
        public boolean isElementwise() {
            return false;
        }

        @Override
        public String toString() {
            return "clipping by the norm " + limit;
        }
    }

    private static void requirePositive(double limit) {
        if (!(limit > 0)) {
            throw new IllegalArgumentException("gradient clipping: limit " + limit + " must be above 0");
        }
    }
}
