package org.backpropaganda.experiments.bench;

import java.util.Map;
import java.util.Objects;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.model.Strategy;

/**
 * How far this library and the peer are apart from the same weights on the same batch. In float, a rounding difference
 * that flips the sign of an activation moves a gradient by about 1e-3; in double, none does.
 *
 * <p>Some gradients are zero but for rounding: of a key's bias, which moves all scores of a query alike, or of a batch norm's
 * scale whose effect the next batch norm undoes. Errors are relative to no less than a thousandth of the longest gradient.
 *
 * @param lossError relative error of the loss
 * @param maxRelativeError the worst parameter's ‖g − g₀‖₂ / max(‖g₀‖₂, ‖longest‖₂ / 1000)
 *     NaN where one has a number that is none
 * @param worstParameter that parameter
 * @param parameters how many were compared
 */
public record Agreement(double lossError, double maxRelativeError, String worstParameter, int parameters) {
    private static final double SHORTEST = 1e-3;

    /** Computes both in this process. */
    public static Agreement of(Workload workload, DType dtype, int threads) {
        try (OwnTrainer own = new OwnTrainer(workload, Strategy.PLAIN, dtype, threads);
                Trainer peer = open(workload, dtype, threads, own)) {
            return between(own.gradients(), peer.gradients());
        }
    }

    /**
     * Of gradients by name, and losses under the empty name.
     *
     * @param mine modified
     * @param theirs modified
     */
    static Agreement between(Map<String, double[]> mine, Map<String, double[]> theirs) {
        if (!mine.keySet().equals(theirs.keySet())) {
            throw new IllegalStateException("parameters differ: " + mine.keySet() + " and " + theirs.keySet());
        }
        double[] mineLoss = Objects.requireNonNull(mine.remove(""));
        double[] theirLoss = Objects.requireNonNull(theirs.remove(""));
        double shortest = SHORTEST
                * theirs.values().stream().mapToDouble(Agreement::norm).max().orElse(0);
        double worst = -1;
        String name = "";
        for (Map.Entry<String, double[]> entry : mine.entrySet()) {
            double[] reference = Objects.requireNonNull(theirs.get(entry.getKey()));
            double error = distance(entry.getValue(), reference) / Math.max(shortest, norm(reference));
            // What is not a number is worse than any number.
            if (!Double.isNaN(worst) && !(error <= worst)) {
                worst = error;
                name = entry.getKey();
            }
        }
        return new Agreement(distance(mineLoss, theirLoss) / norm(theirLoss), worst, name, mine.size());
    }

    private static Trainer open(Workload workload, DType dtype, int threads, OwnTrainer own) {
        Peer.Form form = workload.contest().forms().get(0);
        return Peer.find().open(workload, form, dtype, threads, own.weights());
    }

    private static double norm(double[] g) {
        return distance(g, new double[g.length]);
    }

    private static double distance(double[] g, double[] reference) {
        if (g.length != reference.length) {
            throw new IllegalStateException(g.length + " elements and " + reference.length);
        }
        double squares = 0;
        for (int i = 0; i < g.length; i++) {
            squares += (g[i] - reference[i]) * (g[i] - reference[i]);
        }
        return Math.sqrt(squares);
    }
}
