package org.backpropaganda.experiments.bench;

import java.util.Map;
import java.util.Objects;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.model.Strategy;

/**
 * How far this library and the peer are apart from the same weights on the same batch. In float, a rounding difference
 * that flips the sign of an activation moves a gradient by about 1e-3; in double, none does.
 *
 * @param lossError relative error of the loss
 * @param maxRelativeError the worst parameter's ‖g − g₀‖₂ / ‖g₀‖₂
 * @param worstParameter that parameter
 * @param parameters how many were compared
 */
public record Agreement(double lossError, double maxRelativeError, String worstParameter, int parameters) {

    /** Computes both in this process. */
    public static Agreement of(Workload workload, DType dtype, int threads) {
        try (OwnTrainer own = new OwnTrainer(workload, Strategy.PLAIN, dtype, threads);
                Trainer peer = Peer.find().open(workload, false, dtype, threads, own.weights())) {
            Map<String, double[]> mine = own.gradients();
            Map<String, double[]> theirs = peer.gradients();
            if (!mine.keySet().equals(theirs.keySet())) {
                throw new IllegalStateException("parameters differ: " + mine.keySet() + " and " + theirs.keySet());
            }
            double worst = -1;
            double lossError = 0;
            String name = "";
            for (Map.Entry<String, double[]> entry : mine.entrySet()) {
                double error = relativeError(entry.getValue(), Objects.requireNonNull(theirs.get(entry.getKey())));
                if (entry.getKey().isEmpty()) {
                    lossError = error;
                } else if (!(error <= worst)) {
                    worst = error;
                    name = entry.getKey();
                }
            }
            return new Agreement(lossError, worst, name, mine.size() - 1);
        }
    }

    private static double relativeError(double[] g, double[] reference) {
        if (g.length != reference.length) {
            throw new IllegalStateException(g.length + " elements and " + reference.length);
        }
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < g.length; i++) {
            difference += (g[i] - reference[i]) * (g[i] - reference[i]);
            norm += reference[i] * reference[i];
        }
        return Math.sqrt(difference / norm);
    }
}
