package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.tensor.Tensor;

/*
 * Java, because ND4J's batchnorm_bp always goes through the batch's statistics and takes twice the input in scratch.
 * Sums run over the rows in order, on one thread: their bits depend on nothing else.
 */
final class Nd4jBatchNorm implements BatchNormKernel {
    @Override
    public void forwardTraining(
            Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance) {
        int channels = channels(x);
        double count = (double) x.elements() / channels;
        double[] means = new double[channels];
        inBlocks(new Doubles(x), channels, x.elements(), (block, size) -> {
            for (int i = 0; i < size; i += channels) {
                for (int c = 0; c < channels; c++) {
                    means[c] += block[i + c];
                }
            }
        });
        divide(means, count);
        double[] variances = new double[channels];
        inBlocks(new Doubles(x), channels, x.elements(), (block, size) -> {
            for (int i = 0; i < size; i += channels) {
                for (int c = 0; c < channels; c++) {
                    double centred = block[i + c] - means[c];
                    variances[c] += centred * centred;
                }
            }
        });
        divide(variances, count);
        mean.set(means);
        variance.set(variances);
        forwardInference(x, gamma, beta, epsilon, y, mean, variance);
    }

    @Override
    public void forwardInference(
            Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance) {
        int channels = channels(x);
        double[] means = mean.toDoubles();
        double[] shift = beta.toDoubles();
        double[] scale = inverseDeviations(variance, epsilon);
        multiply(scale, gamma.toDoubles());
        Doubles from = new Doubles(x);
        Doubles to = new Doubles(y);
        x.engine().parallel(x.elements() / channels, grain(channels), (startRow, endRow) -> {
            int stride = blockSize(channels);
            double[] block = new double[stride];
            for (long at = startRow * channels; at < endRow * channels; at += stride) {
                int size = (int) Math.min(stride, endRow * channels - at);
                from.read(at, block, size);
                for (int i = 0; i < size; i += channels) {
                    for (int c = 0; c < channels; c++) {
                        block[i + c] = (block[i + c] - means[c]) * scale[c] + shift[c];
                    }
                }
                to.write(at, block, size);
            }
        });
    }

    @Override
    public void backward(Normalised of, boolean constantStatistics, Slopes slopes) {
        Tensor x = of.x();
        Tensor mean = of.mean();
        Tensor variance = of.variance();
        Tensor gamma = of.gamma();
        double epsilon = of.epsilon();
        Tensor dy = slopes.dy();
        Tensor dx = slopes.dx();
        Tensor dGamma = slopes.dGamma();
        Tensor dBeta = slopes.dBeta();
        int channels = channels(x);
        double[] means = mean.toDoubles();
        double[] inverse = inverseDeviations(variance, epsilon);
        double[] sums = new double[channels];
        double[] products = new double[channels];
        Doubles inputs = new Doubles(x);
        Doubles from = new Doubles(dy);
        if (!constantStatistics || dGamma != null || dBeta != null) {
            sumUp(inputs, from, x.elements(), means, inverse, sums, products);
        }
        if (dGamma != null && dBeta != null) {
            dGamma.set(products);
            dBeta.set(sums);
        }
        double[] scale = gamma.toDoubles();
        multiply(scale, inverse);
        // dx = gamma / deviation (dy - mean(dy) - xHat mean(dy xHat)); for constant statistics gamma / deviation dy
        // alone.
        double count = (double) x.elements() / channels;
        divide(sums, count);
        divide(products, count);
        Doubles to = new Doubles(dx);
        x.engine().parallel(x.elements() / channels, grain(channels), (startRow, endRow) -> {
            int stride = blockSize(channels);
            double[] input = new double[stride];
            double[] gradient = new double[stride];
            for (long at = startRow * channels; at < endRow * channels; at += stride) {
                int size = (int) Math.min(stride, endRow * channels - at);
                inputs.read(at, input, size);
                from.read(at, gradient, size);
                for (int i = 0; i < size; i += channels) {
                    for (int c = 0; c < channels; c++) {
                        double away =
                                constantStatistics ? 0 : sums[c] + (input[i + c] - means[c]) * inverse[c] * products[c];
                        gradient[i + c] = scale[c] * (gradient[i + c] - away);
                    }
                }
                to.write(at, gradient, size);
            }
        });
    }

    /** Adds up dy and dy xHat over the rows. */
    private static void sumUp(
            Doubles x, Doubles dy, long elements, double[] means, double[] inverse, double[] sums, double[] products) {
        int channels = means.length;
        double[] gradient = new double[blockSize(channels)];
        long[] at = {0};
        inBlocks(x, channels, elements, (block, size) -> {
            dy.read(at[0], gradient, size);
            at[0] += size;
            for (int i = 0; i < size; i += channels) {
                for (int c = 0; c < channels; c++) {
                    sums[c] += gradient[i + c];
                    products[c] += gradient[i + c] * ((block[i + c] - means[c]) * inverse[c]);
                }
            }
        });
    }

    private interface BlockBody {
        void accept(double[] block, int size);
    }

    private static void inBlocks(Doubles x, int channels, long elements, BlockBody body) {
        int stride = blockSize(channels);
        double[] block = new double[stride];
        x.engine().enter();
        try {
            for (long at = 0; at < elements; at += stride) {
                int size = (int) Math.min(stride, elements - at);
                x.read(at, block, size);
                body.accept(block, size);
            }
        } finally {
            x.engine().leave();
        }
    }

    private static int channels(Tensor x) {
        return Math.toIntExact(x.shape().dim(-1));
    }

    /** Whole rows. */
    private static int blockSize(int channels) {
        return Math.max(1, Doubles.BLOCK / channels) * channels;
    }

    private static long grain(int channels) {
        return Math.max(1, Doubles.GRAIN / channels);
    }

    private static double[] inverseDeviations(Tensor variance, double epsilon) {
        double[] inverse = variance.toDoubles();
        for (int c = 0; c < inverse.length; c++) {
            inverse[c] = 1 / Math.sqrt(inverse[c] + epsilon);
        }
        return inverse;
    }

    private static void multiply(double[] values, double[] factors) {
        for (int c = 0; c < values.length; c++) {
            values[c] *= factors[c];
        }
    }

    private static void divide(double[] values, double divisor) {
        for (int c = 0; c < values.length; c++) {
            values[c] /= divisor;
        }
    }
}
