package org.backpropaganda.autograd.kernel.nd4j;

import java.util.Arrays;
import org.backpropaganda.autograd.kernel.LayerNormKernel;
import org.backpropaganda.autograd.kernel.RowLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** ND4J's layer norm keeps no statistics and has no gradient of all inputs in one pass, hence Java. */
final class Nd4jLayerNorm implements LayerNormKernel {
    @Override
    public void forward(Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance) {
        double[] scale = gamma.toDoubles();
        double[] shift = beta.toDoubles();
        RowLoop.run(
                mean.elements(),
                3,
                0,
                (r, sums) -> {
                    double[] row = r[3];
                    double center = mean(row);
                    double spread = variance(row, center);
                    double inverse = 1 / Math.sqrt(spread + epsilon);
                    for (int i = 0; i < row.length; i++) {
                        r[0][i] = scale[i] * ((row[i] - center) * inverse) + shift[i];
                    }
                    r[1][0] = center;
                    r[2][0] = spread;
                },
                y,
                mean,
                variance,
                x);
    }

    private static double mean(double[] row) {
        double sum = 0;
        for (double value : row) {
            sum += value;
        }
        return sum / row.length;
    }

    private static double variance(double[] row, double mean) {
        double squares = 0;
        for (double value : row) {
            squares += (value - mean) * (value - mean);
        }
        return squares / row.length;
    }

    @Override
    public void backward(
            Tensor x,
            Tensor mean,
            Tensor variance,
            Tensor gamma,
            double epsilon,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dGamma,
            @Nullable Tensor dBeta) {
        double[] scale = gamma.toDoubles();
        int columns = scale.length;
        double[] sums = RowLoop.run(
                mean.elements(),
                1,
                2 * columns,
                (r, s) -> {
                    double center = r[3][0];
                    double inverse = 1 / Math.sqrt(r[4][0] + epsilon);
                    double meanG = 0;
                    double meanGx = 0;
                    for (int i = 0; i < columns; i++) {
                        double normal = (r[2][i] - center) * inverse;
                        double gradient = r[1][i];
                        s[i] += gradient * normal;
                        s[columns + i] += gradient;
                        meanG += scale[i] * gradient;
                        meanGx += scale[i] * gradient * normal;
                    }
                    meanG /= columns;
                    meanGx /= columns;
                    for (int i = 0; i < columns; i++) {
                        double normal = (r[2][i] - center) * inverse;
                        r[0][i] = inverse * (scale[i] * r[1][i] - meanG - normal * meanGx);
                    }
                },
                dx,
                dy,
                x,
                mean,
                variance);
        if (dGamma != null && dBeta != null) {
            dGamma.set(Arrays.copyOfRange(sums, 0, columns));
            dBeta.set(Arrays.copyOfRange(sums, columns, 2 * columns));
        }
    }
}
