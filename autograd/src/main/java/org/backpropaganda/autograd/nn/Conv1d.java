package org.backpropaganda.autograd.nn;

import java.util.Optional;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * One-dimensional convolution: x [N, L, I] → [N, L', O], with parameters weight [O, I/groups, k] and perhaps bias [O].
 */
public final class Conv1d extends UnaryModule implements WeightedLayer, AxisMixing {
    private final int stride;
    private final int padding;
    private final int dilation;
    private final int groups;
    private final Parameter weight;
    private final @Nullable Parameter bias;

    /** Stride 1, dense taps and channels, He-normal weights, zero bias. */
    public Conv1d(ParameterFactory factory, long inputs, long outputs, int kernel, int padding, boolean withBias) {
        this(factory, inputs, outputs, kernel, 1, padding, 1, 1, withBias, Initializer.heNormal());
    }

    /**
     * All choices.
     *
     * @throws ShapeException if the groups do not divide inputs and outputs
     */
    public Conv1d(
            ParameterFactory factory,
            long inputs,
            long outputs,
            int kernel,
            int stride,
            int padding,
            int dilation,
            int groups,
            boolean withBias,
            Initializer initializer) {
        if (groups < 1 || inputs % groups != 0 || outputs % groups != 0) {
            throw new ShapeException(
                    "conv1d: " + groups + " groups do not divide " + inputs + " inputs and " + outputs + " outputs");
        }
        this.stride = stride;
        this.padding = padding;
        this.dilation = dilation;
        this.groups = groups;
        weight = register("weight", factory.create(Shape.of(outputs, inputs / groups, kernel), initializer));
        bias = withBias ? register("bias", factory.create(Shape.of(outputs), Initializer.zeros())) : null;
    }

    @Override
    public Parameter weight() {
        return weight;
    }

    @Override
    public Variable callWith(Variable x, Variable w) {
        return bias == null
                ? org.backpropaganda.autograd.op.Conv1d.conv1d(x, w, stride, padding, dilation, groups)
                : org.backpropaganda.autograd.op.Conv1d.conv1d(
                        x, w, x.tape().parameter(bias), stride, padding, dilation, groups);
    }

    @Override
    public Optional<String> mixes(int axis, boolean batchStatistics) {
        return axis == 1 ? Optional.of("reads neighbours") : Optional.empty();
    }

    @Override
    protected Variable forward(Variable x) {
        return callWith(x, x.tape().parameter(weight));
    }
}
