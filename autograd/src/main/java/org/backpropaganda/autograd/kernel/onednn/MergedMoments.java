package org.backpropaganda.autograd.kernel.onednn;

import java.util.Arrays;

/**
 * Means and variances of channels, of parts whose own are known. Source: Chan, Golub and LeVeque 1979, "Updating Formulae and
 * a Pairwise Algorithm for Computing Sample Variances".
 */
final class MergedMoments {
    private final double[] means;
    private final double[] deviations;
    private final double[] counts;

    MergedMoments(int channels) {
        means = new double[channels];
        deviations = new double[channels];
        counts = new double[channels];
    }

    /**
     * Adds a part.
     *
     * @param count of its rows
     * @param partMeans,partVariances of its columns, which go through the channels again and again
     */
    void add(long count, double[] partMeans, double[] partVariances) {
        for (int i = 0; i < partMeans.length; i++) {
            int c = i % means.length;
            double all = counts[c] + count;
            double apart = partMeans[i] - means[c];
            means[c] += apart * count / all;
            deviations[c] += count * partVariances[i] + apart * apart * counts[c] * count / all;
            counts[c] = all;
        }
    }

    double[] means() {
        return means;
    }

    /** Biased. */
    double[] variances() {
        double[] variances = new double[means.length];
        Arrays.setAll(variances, c -> deviations[c] / counts[c]);
        return variances;
    }
}
