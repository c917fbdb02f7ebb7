package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * How near a predicted gradient ĝ came to its target δ. The target of the last boundary is the true gradient; those
 * before are measured against the bootstrapped one, which is not.
 *
 * @param cosine {@code ⟨ĝ, δ⟩ / (‖ĝ‖₂ ‖δ‖₂)}; 0 if either is zero
 * @param relativeError {@code ‖ĝ − δ‖₂ / ‖δ‖₂}; if δ is zero, 0 where ĝ is too, infinite otherwise
 */
public record PredictionQuality(double cosine, double relativeError) {

    /** Compares tensors of one shape by pairs, as one vector each, summing in double. */
    static PredictionQuality of(List<Tensor> predicted, List<Tensor> targets) {
        double[] total = new double[4];
        for (int i = 0; i < predicted.size(); i++) {
            double[] sums = HostLoop.sum(4, PredictionQuality::add, predicted.get(i), targets.get(i));
            for (int s = 0; s < sums.length; s++) {
                total[s] += sums[s];
            }
        }
        double norms = Math.sqrt(total[1]) * Math.sqrt(total[2]);
        double error = Math.sqrt(total[3]);
        return new PredictionQuality(norms > 0 ? total[0] / norms : 0, error > 0 ? error / Math.sqrt(total[2]) : 0);
    }

    /** Adds to ⟨p, t⟩, ‖p‖², ‖t‖² and ‖p − t‖². */
    private static void add(double[] sums, double p, double t) {
        sums[0] += p * t;
        sums[1] += p * p;
        sums[2] += t * t;
        sums[3] += (p - t) * (p - t);
    }
}
