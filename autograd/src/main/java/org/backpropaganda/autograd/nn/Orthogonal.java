package org.backpropaganda.autograd.nn;

import java.util.SplittableRandom;

/** Random matrices with orthonormal rows or columns, by Gram and Schmidt, twice for accuracy. */
final class Orthogonal {
    private Orthogonal() {}

    /** Row-major [rows, columns]. */
    static double[] draw(int rows, int columns, double gain, SplittableRandom random) {
        int vectors = Math.min(rows, columns);
        int length = Math.max(rows, columns);
        double[][] basis = new double[vectors][length];
        for (int v = 0; v < vectors; v++) {
            for (int i = 0; i < length; i++) {
                basis[v][i] = random.nextGaussian();
            }
            for (int pass = 0; pass < 2; pass++) {
                for (int u = 0; u < v; u++) {
                    subtract(basis[v], basis[u], dot(basis[v], basis[u]));
                }
            }
            double norm = Math.sqrt(dot(basis[v], basis[v]));
            for (int i = 0; i < length; i++) {
                basis[v][i] /= norm;
            }
        }
        double[] values = new double[rows * columns];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                values[r * columns + c] = gain * (rows <= columns ? basis[r][c] : basis[c][r]);
            }
        }
        return values;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void subtract(double[] a, double[] b, double factor) {
        for (int i = 0; i < a.length; i++) {
            a[i] -= factor * b[i];
        }
    }
}
