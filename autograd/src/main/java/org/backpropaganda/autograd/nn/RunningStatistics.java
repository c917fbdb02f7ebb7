package org.backpropaganda.autograd.nn;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Moving averages of a batch norm's mean and variance: {@code r ← (1 − m) r + m s}, with the unbiased variance, as in
 * PyTorch. Starts at mean 0 and variance 1. Cumulative ones have m = 1/n at the n-th batch, as PyTorch with {@code
 * momentum=None}: the plain average of all batches so far, whose number is a buffer too.
 */
public final class RunningStatistics {
    private final Tensor mean;
    private final Tensor variance;
    private final double momentum;
    private final @Nullable Tensor batches;

    private RunningStatistics(ParameterFactory factory, long channels, double momentum, @Nullable Tensor batches) {
        this.momentum = momentum;
        this.batches = batches;
        mean = factory.scope()
                .allocate(Shape.of(channels), factory.dtype(), MemoryKind.PARAMETER)
                .fill(0);
        variance = factory.scope()
                .allocate(Shape.of(channels), factory.dtype(), MemoryKind.PARAMETER)
                .fill(1);
    }

    RunningStatistics(ParameterFactory factory, long channels, double momentum) {
        this(factory, channels, momentum, null);
    }

    static RunningStatistics cumulative(ParameterFactory factory, long channels) {
        Tensor batches = factory.scope().zeros(Shape.of(), DType.INT, MemoryKind.PARAMETER);
        return new RunningStatistics(factory, channels, Double.NaN, batches);
    }

    /** [C]. */
    public Tensor mean() {
        return mean;
    }

    /** [C]. */
    public Tensor variance() {
        return variance;
    }

    /** Whether they are the plain average of all batches so far. */
    public boolean isCumulative() {
        return batches != null;
    }

    /** What a module that has them registers, under PyTorch's names; {@code num_batches_tracked} of INT where cumulative. */
    public Map<String, Tensor> buffers() {
        Map<String, Tensor> buffers = new LinkedHashMap<>();
        buffers.put("running_mean", mean);
        buffers.put("running_var", variance);
        if (batches != null) {
            buffers.put("num_batches_tracked", batches);
        }
        return Collections.unmodifiableMap(buffers);
    }

    /**
     * Moves towards the statistics of a batch.
     *
     * @param batchMean [C]. Not modified
     * @param batchVariance [C], biased. Not modified
     * @param count how many values a channel had
     */
    public void update(Tensor batchMean, Tensor batchVariance, long count) {
        double weight = batches == null ? momentum : 1.0 / counted(batches);
        HostLoop.blend(mean, 1 - weight, weight, batchMean);
        HostLoop.blend(variance, 1 - weight, weight * count / (count - 1), batchVariance);
        mean.written("running statistics");
        variance.written("running statistics");
    }

    private static int counted(Tensor batches) {
        int number = Math.addExact((int) batches.item(), 1);
        batches.set(number);
        return number;
    }
}
