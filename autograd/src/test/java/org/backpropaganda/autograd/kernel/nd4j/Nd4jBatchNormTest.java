package org.backpropaganda.autograd.kernel.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;

class Nd4jBatchNormTest {
    private static final double EPSILON = 1e-3;

    @Property(tries = 100)
    void normalises(
            @ForAll @IntRange(min = 1, max = 4) int images,
            @ForAll @IntRange(min = 1, max = 9) int side,
            @ForAll @IntRange(min = 1, max = 70) int channels,
            @ForAll boolean inPlace) {
        check(inPlace, images, side, side, channels);
    }

    @Test
    void worksOnSeveralThreadsAndBlocks() {
        check(true, 5, 33, 31, 13);
        check(false, 700, 64);
        check(false, 3, 5000);
    }

    private static void check(boolean inPlace, long... dims) {
        try (Sandbox box = new Sandbox()) {
            Tensor x = box.random(dims);
            int channels = (int) dims[dims.length - 1];
            int rows = (int) x.elements() / channels;
            Tensor gamma = box.random(channels);
            Tensor beta = box.random(channels);
            Tensor mean = box.empty(channels);
            Tensor variance = box.empty(channels);
            double[] xs = x.toDoubles();
            double[] ys = new double[xs.length];
            double[] means = new double[channels];
            double[] variances = new double[channels];
            for (int i = 0; i < xs.length; i++) {
                means[i % channels] += xs[i] / rows;
            }
            for (int i = 0; i < xs.length; i++) {
                variances[i % channels] += Math.pow(xs[i] - means[i % channels], 2) / rows;
            }
            double[] gammas = gamma.toDoubles();
            double[] betas = beta.toDoubles();
            double[] xHats = new double[xs.length];
            for (int i = 0; i < xs.length; i++) {
                int c = i % channels;
                xHats[i] = (xs[i] - means[c]) / Math.sqrt(variances[c] + EPSILON);
                ys[i] = gammas[c] * xHats[i] + betas[c];
            }
            Tensor input = box.copyOf(x);
            Tensor y = inPlace ? input : box.empty(x.shape());
            box.call(() -> box.kernels.batchNorm().forwardTraining(input, gamma, beta, EPSILON, y, mean, variance));
            Sandbox.assertClose(y, ys);
            Sandbox.assertClose(mean, means);
            Sandbox.assertClose(variance, variances);

            Tensor again = inPlace ? box.copyOf(x) : box.empty(x.shape());
            Tensor source = inPlace ? again : x;
            box.call(() ->
                    box.kernels.batchNorm().forwardInference(source, gamma, beta, EPSILON, again, mean, variance));
            assertThat(again.toDoubles()).isEqualTo(y.toDoubles());

            checkBackward(box, inPlace, x, mean, variance, gamma, xHats);
        }
    }

    private static void checkBackward(
            Sandbox box, boolean inPlace, Tensor x, Tensor mean, Tensor variance, Tensor gamma, double[] xHats) {
        int channels = (int) gamma.elements();
        double rows = (double) x.elements() / channels;
        Tensor dy = box.random(x.shape().toArray());
        double[] dys = dy.toDoubles();
        double[] gammas = gamma.toDoubles();
        double[] variances = variance.toDoubles();
        double[] dGammas = new double[channels];
        double[] dBetas = new double[channels];
        for (int i = 0; i < dys.length; i++) {
            dGammas[i % channels] += dys[i] * xHats[i];
            dBetas[i % channels] += dys[i];
        }
        for (boolean constant : new boolean[] {false, true}) {
            double[] dxs = new double[dys.length];
            for (int i = 0; i < dys.length; i++) {
                int c = i % channels;
                double scale = gammas[c] / Math.sqrt(variances[c] + EPSILON);
                double through = constant ? 0 : dBetas[c] / rows + xHats[i] * dGammas[c] / rows;
                dxs[i] = scale * (dys[i] - through);
            }
            Tensor gradient = box.copyOf(dy);
            Tensor dx = inPlace ? gradient : box.empty(x.shape());
            Tensor dGamma = box.empty(channels);
            Tensor dBeta = box.empty(channels);
            box.call(() -> box.kernels
                    .batchNorm()
                    .backward(
                            new BatchNormKernel.Normalised(x, mean, variance, gamma, EPSILON),
                            constant,
                            new BatchNormKernel.Slopes(gradient, dx, dGamma, dBeta)));
            Sandbox.assertClose(dx, dxs);
            Sandbox.assertClose(dGamma, dGammas);
            Sandbox.assertClose(dBeta, dBetas);
            Tensor alone = box.empty(x.shape());
            box.call(() -> box.kernels
                    .batchNorm()
                    .backward(
                            new BatchNormKernel.Normalised(x, mean, variance, gamma, EPSILON),
                            constant,
                            new BatchNormKernel.Slopes(dy, alone, null, null)));
            assertThat(alone.toDoubles()).isEqualTo(dx.toDoubles());
        }
    }
}
