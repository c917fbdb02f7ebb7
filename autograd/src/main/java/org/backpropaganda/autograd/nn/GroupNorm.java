package org.backpropaganda.autograd.nn;

import java.util.Optional;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * Normalisation of groups of channels in each image: x [N, ..., C] → [N, ..., C], with parameters weight (γ) and bias (β)
 * [C]. It keeps no statistics: training and evaluation are the same.
 */
public final class GroupNorm extends UnaryModule implements AxisMixing {
    /** PyTorch's default. */
    public static final double EPSILON = 1e-5;

    private final Parameter weight;
    private final Parameter bias;
    private final int groups;
    private final double epsilon;

    /** With the usual epsilon. */
    public GroupNorm(ParameterFactory factory, int groups, long channels) {
        this(factory, groups, channels, EPSILON);
    }

    /** All choices. */
    public GroupNorm(ParameterFactory factory, int groups, long channels, double epsilon) {
        this.groups = groups;
        this.epsilon = epsilon;
        weight = register("weight", factory.create(Shape.of(channels), Initializer.ones()));
        bias = register("bias", factory.create(Shape.of(channels), Initializer.zeros()));
    }

    /** Instance normalisation: each channel is a group. */
    public static GroupNorm instanceNorm(ParameterFactory factory, int channels) {
        return new GroupNorm(factory, channels, channels);
    }

    @Override
    public Optional<String> mixes(int axis, boolean batchStatistics) {
        return axis > 0 ? Optional.of("normalises over all positions") : Optional.empty();
    }

    @Override
    protected Variable forward(Variable x) {
        return org.backpropaganda.autograd.op.GroupNorm.groupNorm(
                x, x.tape().parameter(weight), x.tape().parameter(bias), groups, epsilon);
    }
}
