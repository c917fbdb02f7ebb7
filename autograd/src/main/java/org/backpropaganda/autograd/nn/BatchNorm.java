package org.backpropaganda.autograd.nn;

import java.util.Optional;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.BatchNormInference;
import org.backpropaganda.autograd.op.BatchNormRelu;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * Batch normalisation of the last axis: x [..., C] → [..., C], with parameters weight (γ) and bias (β) [C] and running
 * statistics. In training the batch's statistics are used, and the running ones move once a step, whatever replays.
 */
public final class BatchNorm extends UnaryModule implements AxisMixing {
    /** PyTorch's default. */
    public static final double EPSILON = 1e-5;

    /** PyTorch's default. */
    public static final double MOMENTUM = 0.1;

    private final Parameter weight;
    private final Parameter bias;
    private final RunningStatistics statistics;
    private final double epsilon;
    private final boolean rectified;

    /** With the usual epsilon and momentum. */
    public BatchNorm(ParameterFactory factory, long channels) {
        this(factory, channels, EPSILON, MOMENTUM);
    }

    /**
     * All choices.
     *
     * @param epsilon added to the variance
     * @param momentum weight of the new statistics in the running ones
     */
    public BatchNorm(ParameterFactory factory, long channels, double epsilon, double momentum) {
        this(factory, channels, epsilon, momentum, false);
    }

    private BatchNorm(ParameterFactory factory, long channels, double epsilon, double momentum, boolean rectified) {
        this(
                factory.create(Shape.of(channels), Initializer.ones()),
                factory.create(Shape.of(channels), Initializer.zeros()),
                new RunningStatistics(factory, channels, momentum),
                epsilon,
                rectified);
    }

    private BatchNorm(
            Parameter weight, Parameter bias, RunningStatistics statistics, double epsilon, boolean rectified) {
        this.epsilon = epsilon;
        this.rectified = rectified;
        this.weight = register("weight", weight);
        this.bias = register("bias", bias);
        this.statistics = statistics;
        statistics.buffers().forEach(this::registerBuffer);
    }

    /**
     * With the usual epsilon, and running statistics that are the plain average of all batches so far, as PyTorch's with
     * {@code momentum=None}. Their number is a third buffer, {@code num_batches_tracked}.
     */
    public static BatchNorm withCumulativeStatistics(ParameterFactory factory, long channels) {
        return new BatchNorm(
                factory.create(Shape.of(channels), Initializer.ones()),
                factory.create(Shape.of(channels), Initializer.zeros()),
                RunningStatistics.cumulative(factory, channels),
                EPSILON,
                false);
    }

    /**
     * A batch norm with the parameters and statistics of another layer: what one learns, the other has learnt.
     *
     * @param weight γ [C]
     * @param bias β [C]
     * @param epsilon added to the variance
     */
    public static BatchNorm sharing(Parameter weight, Parameter bias, RunningStatistics statistics, double epsilon) {
        return new BatchNorm(weight, bias, statistics, epsilon, false);
    }

    /** Batch normalisation and a ReLU behind it, in one pass over memory each way; saves what the two layers save. */
    public static BatchNorm withRelu(ParameterFactory factory, long channels) {
        return new BatchNorm(factory, channels, EPSILON, MOMENTUM, true);
    }

    /** γ. */
    public Parameter weight() {
        return weight;
    }

    /** β. */
    public Parameter bias() {
        return bias;
    }

    /** What evaluation normalises by. */
    public RunningStatistics statistics() {
        return statistics;
    }

    /** Whether a ReLU is part of it. */
    public boolean isRectified() {
        return rectified;
    }

    /** Added to the variance. */
    public double epsilon() {
        return epsilon;
    }

    @Override
    public Optional<String> mixes(int axis, boolean batchStatistics) {
        return batchStatistics ? Optional.of("normalises by the statistics of the whole batch") : Optional.empty();
    }

    @Override
    protected Variable forward(Variable x) {
        Tape tape = x.tape();
        Variable gamma = tape.parameter(weight);
        Variable beta = tape.parameter(bias);
        if (!tape.usesBatchStatistics()) {
            Variable mean = tape.constant(statistics.mean());
            Variable variance = tape.constant(statistics.variance());
            Variable normalised = tape.apply(new BatchNormInference(epsilon), x, gamma, beta, mean, variance);
            return rectified ? Relu.reluInPlace(normalised) : normalised;
        }
        Op op = rectified ? new BatchNormRelu(epsilon) : new org.backpropaganda.autograd.op.BatchNorm(epsilon);
        Tape.Applied applied = tape.applyWithResults(op, x, gamma, beta);
        long count = x.shape().elements() / x.shape().dim(-1);
        tape.onFirstRun(() ->
                statistics.update(applied.results().get(0), applied.results().get(1), count));
        return applied.output();
    }
}
