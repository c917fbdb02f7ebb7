package org.backpropaganda.reversible.ode;

/** exp of small matrices by its power series, halved and squared. */
final class MatrixExponential {
    private static final int HALVINGS = 6;
    private static final int TERMS = 20;

    private MatrixExponential() {}

    /** exp(A t). */
    static double[][] of(double[][] a, double t) {
        int n = a.length;
        double[][] small = new double[n][n];
        double[][] sum = new double[n][n];
        double[][] term = new double[n][n];
        for (int i = 0; i < n; i++) {
            sum[i][i] = 1;
            term[i][i] = 1;
            for (int j = 0; j < n; j++) {
                small[i][j] = a[i][j] * t / (1 << HALVINGS);
            }
        }
        for (int k = 1; k <= TERMS; k++) {
            term = product(term, small, 1.0 / k);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    sum[i][j] += term[i][j];
                }
            }
        }
        for (int i = 0; i < HALVINGS; i++) {
            sum = product(sum, sum, 1);
        }
        return sum;
    }

    private static double[][] product(double[][] a, double[][] b, double factor) {
        int n = a.length;
        double[][] product = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                for (int k = 0; k < n; k++) {
                    product[i][j] += factor * a[i][k] * b[k][j];
                }
            }
        }
        return product;
    }

    static double[] times(double[][] a, double... x) {
        double[] y = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < x.length; j++) {
                y[i] += a[i][j] * x[j];
            }
        }
        return y;
    }
}
