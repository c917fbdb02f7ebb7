package org.backpropaganda.autograd.kernel.onednn;

import java.util.Arrays;
import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.kernel.onednn.OneDnnBatchNorm.Pass;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Batch normalisation of a number of channels that fills no vectors, which oneDNN computes one element at a time: [rows, C] is
 * seen as [rows / k, k · C], so that k · C fills them. The statistics of the k copies of a channel are put together in double,
 * a piece that fits the caches at a time; what follows them is the same for every copy.
 */
final class FoldedBatchNorm {
    private static final long WIDE_VECTOR = 16;

    /** Multiples of this are fast as they are. */
    private static final long NARROW_VECTOR = 8;

    /** 1 MiB. */
    private static final long PIECE_ELEMENTS = 1 << 18;

    /** Less is done before its vectors are set up. */
    private static final long FEWEST_ELEMENTS = 1 << 15;

    private final OneDnn oneDnn;
    private final OneDnnBatchNorm kernel;
    private final OneDnnBinary binary;

    FoldedBatchNorm(OneDnn oneDnn, OneDnnBatchNorm kernel) {
        this.oneDnn = oneDnn;
        this.kernel = kernel;
        this.binary = new OneDnnBinary(oneDnn);
    }

    /** Whether folding x gains anything. */
    boolean takes(Tensor x) {
        long channels = x.shape().dim(-1);
        return channels % NARROW_VECTOR != 0
                && x.elements() >= FEWEST_ELEMENTS
                && x.elements() % (channels * copies(channels)) == 0
                && channels * copies(channels) <= PIECE_ELEMENTS / WIDE_VECTOR;
    }

    /** How many rows lie beside one another: the fewest that fill vectors. */
    private static long copies(long channels) {
        return WIDE_VECTOR / Math.min(WIDE_VECTOR, Long.lowestOneBit(channels));
    }

    /** Normalises with the statistics of the batch, which it tells. */
    void forwardTraining(Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance) {
        try (Folded folded = new Folded(x)) {
            folded.moments(x, mean, variance);
        }
        forwardInference(x, gamma, beta, epsilon, y, mean, variance);
    }

    /** Normalises with given statistics. */
    void forwardInference(Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance) {
        try (Folded folded = new Folded(x)) {
            kernel.run(
                    new OneDnnBatchNorm.Key(Pass.INFERENCE, folded.rows, folded.width, (float) epsilon),
                    x,
                    folded.copied(gamma),
                    folded.copied(beta),
                    y,
                    folded.copied(mean),
                    folded.copied(variance));
        }
    }

    /** Gradients through the statistics, or with them held constant. */
    void backward(BatchNormKernel.Normalised of, boolean constantStatistics, BatchNormKernel.Slopes gradients) {
        Tensor x = of.x();
        Tensor mean = of.mean();
        Tensor variance = of.variance();
        Tensor gamma = of.gamma();
        double epsilon = of.epsilon();
        Tensor dy = gradients.dy();
        Tensor dx = gradients.dx();
        Tensor dGamma = gradients.dGamma();
        Tensor dBeta = gradients.dBeta();
        try (Folded folded = new Folded(x)) {
            Tensor scale = folded.vector();
            Tensor shift = folded.vector();
            Tensor means = folded.copied(mean);
            Tensor variances = folded.copied(variance);
            kernel.run(
                    new OneDnnBatchNorm.Key(Pass.BACKWARD_CONSTANT, folded.rows, folded.width, (float) epsilon),
                    x,
                    means,
                    variances,
                    folded.copied(gamma),
                    dy,
                    dx,
                    scale,
                    shift);
            double[] scales = folded.sums(scale);
            double[] shifts = folded.sums(shift);
            if (dGamma != null && dBeta != null) {
                dGamma.set(scales);
                dBeta.set(shifts);
            }
            if (!constantStatistics) {
                double[] slopes = folded.slopes(gamma, variance, epsilon);
                Arrays.setAll(scales, c -> -slopes[c] * scales[c]);
                Arrays.setAll(shifts, c -> -slopes[c] * shifts[c]);
                folded.addNormalised(x, folded.copied(scales), folded.copied(shifts), means, variances, epsilon, dx);
            }
        }
    }

    /** x as rows of copies of its channels, and vectors that go with it. */
    private final class Folded implements AutoCloseable {
        final int channels;
        final long width;
        final long rows;
        private final TensorScope scope = oneDnn.scratch().child();

        Folded(Tensor x) {
            channels = Math.toIntExact(x.shape().dim(-1));
            width = channels * copies(channels);
            rows = x.elements() / width;
        }

        /** Zeros where there are no values. */
        private double[] values(Tensor vector) {
            return vector.hasValues() ? vector.toDoubles() : new double[Math.toIntExact(vector.elements())];
        }

        Tensor vector() {
            return scope.allocate(Shape.of(width), DType.FLOAT, MemoryKind.SCRATCH);
        }

        Tensor copied(Tensor vector) {
            return copied(values(vector));
        }

        Tensor copied(double[] vector) {
            double[] copies = new double[(int) width];
            Arrays.setAll(copies, i -> vector[i % channels]);
            return vector().set(copies);
        }

        /** The sum of all copies of each channel. */
        double[] sums(Tensor copies) {
            double[] values = values(copies);
            double[] sums = new double[channels];
            for (int i = 0; i < values.length; i++) {
                sums[i % channels] += values[i];
            }
            return sums;
        }

        /** γ / √(σ² + ε) / N. */
        double[] slopes(Tensor gamma, Tensor variance, double epsilon) {
            double[] slopes = values(gamma);
            double[] variances = values(variance);
            double count = (double) rows * width / channels;
            Arrays.setAll(slopes, c -> slopes[c] / Math.sqrt(variances[c] + epsilon) / count);
            return slopes;
        }

        /** Of all pieces and copies: the mean of their means; the mean of their variances and the variance of their means. */
        void moments(Tensor x, Tensor mean, Tensor variance) {
            Tensor piece = piece();
            Tensor ones = vector().fill(1);
            Tensor means = vector();
            Tensor variances = vector();
            MergedMoments moments = new MergedMoments(channels);
            for (long from = 0; from < rows; from += pieceRows()) {
                long count = Math.min(pieceRows(), rows - from);
                kernel.runAt(
                        new OneDnnBatchNorm.Key(Pass.TRAINING, count, width, 0),
                        address(x, from),
                        ones.address(),
                        ones.address(),
                        piece.address(),
                        means.address(),
                        variances.address());
                moments.add(count, values(means), values(variances));
            }
            mean.set(moments.means());
            variance.set(moments.variances());
        }

        /** {@code dx += scale x̂ + shift}. */
        void addNormalised(
                Tensor x, Tensor scale, Tensor shift, Tensor means, Tensor variances, double epsilon, Tensor dx) {
            Tensor piece = piece();
            for (long from = 0; from < rows; from += pieceRows()) {
                long count = Math.min(pieceRows(), rows - from);
                kernel.runAt(
                        new OneDnnBatchNorm.Key(Pass.INFERENCE, count, width, (float) epsilon),
                        address(x, from),
                        scale.address(),
                        shift.address(),
                        piece.address(),
                        means.address(),
                        variances.address());
                binary.addAt(count * width, address(dx, from), piece.address());
            }
        }

        private long pieceRows() {
            return Math.min(rows, PIECE_ELEMENTS / width);
        }

        private Tensor piece() {
            return scope.allocate(Shape.of(pieceRows(), width), DType.FLOAT, MemoryKind.SCRATCH);
        }

        private long address(Tensor tensor, long row) {
            return tensor.address() + row * width * Float.BYTES;
        }

        @Override
        public void close() {
            scope.close();
        }
    }
}
