package org.backpropaganda.synthetic.probe;

import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * How near the prediction ĝ at a boundary comes to the gradient δ of backpropagation there.
 *
 * @param boundary its number: that of the module in front of it
 * @param cosine {@code ⟨ĝ, δ⟩ / (‖ĝ‖₂ ‖δ‖₂)}; 0 if either is zero
 * @param signAgreement the share of elements whose signs are the same, zero being a sign of its own; in [0, 1]
 * @param relativeError {@code ‖ĝ − δ‖₂ / ‖δ‖₂}; if δ is zero, 0 where ĝ is too, infinite otherwise
 * @param normRatio {@code ‖ĝ‖₂ / ‖δ‖₂}; if δ is zero, 1 where ĝ is too, infinite otherwise
 */
public record BoundaryFidelity(
        int boundary, double cosine, double signAgreement, double relativeError, double normRatio) {

    /**
     * Compares two tensors of one shape, summing in double.
     *
     * @param truth null for zeros
     */
    static BoundaryFidelity of(int boundary, Tensor predicted, @Nullable Tensor truth) {
        double[] sums = truth == null
                ? HostLoop.sum(5, BoundaryFidelity::addToZero, predicted, predicted)
                : HostLoop.sum(5, BoundaryFidelity::add, predicted, truth);
        double predictedNorm = Math.sqrt(sums[1]);
        double trueNorm = Math.sqrt(sums[2]);
        double error = Math.sqrt(sums[3]);
        double norms = predictedNorm * trueNorm;
        return new BoundaryFidelity(
                boundary,
                norms > 0 ? sums[0] / norms : 0,
                sums[4] / predicted.elements(),
                error > 0 ? error / trueNorm : 0,
                predictedNorm == trueNorm ? 1 : predictedNorm / trueNorm);
    }

    private static void addToZero(double[] sums, double p, double same) {
        add(sums, p, 0);
    }

    /** Adds to ⟨p, t⟩, ‖p‖², ‖t‖², ‖p − t‖² and the number of equal signs. */
    private static void add(double[] sums, double p, double t) {
        sums[0] += p * t;
        sums[1] += p * p;
        sums[2] += t * t;
        sums[3] += (p - t) * (p - t);
        sums[4] += Math.signum(p) == Math.signum(t) ? 1 : 0;
    }
}
