package org.backpropaganda.autograd.check;

import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Stops at the first op whose output, or whose output's gradient, is not finite, and names it. For
 * {@link org.backpropaganda.autograd.graph.TapeBuilder#observer}; it reads every value once more and needs no memory.
 */
public final class AnomalyDetector implements TapeObserver {

    /** A value that is NaN or infinite. */
    public static final class AnomalyException extends ArithmeticException {
        private static final long serialVersionUID = 1L;

        private AnomalyException(String message) {
            super(message);
        }
    }

    @Override
    public void output(String op, String path, Tensor output, boolean replay) {
        check(op, path, "output", output);
    }

    @Override
    public void gradient(String op, String path, Tensor gradient) {
        check(op, path, "gradient of the output", gradient);
    }

    private static void check(String op, String path, String what, Tensor tensor) {
        if (!tensor.dtype().isDifferentiable()) {
            return;
        }
        Magnitude magnitude = Magnitude.of(tensor);
        if (!magnitude.isFinite()) {
            throw new AnomalyException(op + (path.isEmpty() ? "" : " in " + path) + ": the " + what + " "
                    + tensor.spec() + " has " + magnitude.nans() + " NaN and " + magnitude.infinities()
                    + " infinite elements");
        }
    }
}
