package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Moving averages of a batch norm's mean and variance: {@code r ← (1 − m) r + m s}, with the unbiased variance, as in
 * PyTorch. Starts at mean 0 and variance 1.
 */
public final class RunningStatistics {
    private final Tensor mean;
    private final Tensor variance;
    private final double momentum;

    RunningStatistics(ParameterFactory factory, long channels, double momentum) {
        this.momentum = momentum;
        mean = factory.scope()
                .allocate(Shape.of(channels), factory.dtype(), MemoryKind.PARAMETER)
                .fill(0);
        variance = factory.scope()
                .allocate(Shape.of(channels), factory.dtype(), MemoryKind.PARAMETER)
                .fill(1);
    }

    /** [C]. */
    public Tensor mean() {
        return mean;
    }

    /** [C]. */
    public Tensor variance() {
        return variance;
    }

    /**
     * Moves towards the statistics of a batch.
     *
     * @param batchMean [C]. Not modified
     * @param batchVariance [C], biased. Not modified
     * @param count how many values a channel had
     */
    public void update(Tensor batchMean, Tensor batchVariance, long count) {
        move(mean, batchMean, momentum);
        move(variance, batchVariance, momentum * count / (count - 1));
        mean.written("running statistics");
        variance.written("running statistics");
    }

    private void move(Tensor running, Tensor batch, double weight) {
        HostLoop.blend(running, 1 - momentum, weight, batch);
    }
}
