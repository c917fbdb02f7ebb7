package org.backpropaganda.autograd.nn;

import java.util.Optional;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolution: x [N, H, W, I] → [N, H', W', O], with parameters weight [O, I/groups, kH, kW] and perhaps
 * bias [O].
 */
public final class Conv2d extends UnaryModule implements WeightedLayer, AxisMixing {
    private final Window window;
    private final int groups;
    private final Parameter weight;
    private final @Nullable Parameter bias;

    /** Dense channels, He-normal weights, zero bias. */
    public Conv2d(ParameterFactory factory, long inputs, long outputs, Window window, boolean withBias) {
        this(factory, inputs, outputs, window, 1, withBias, Initializer.heNormal());
    }

    /**
     * All choices.
     *
     * @throws ShapeException if the groups do not divide inputs and outputs
     */
    public Conv2d(
            ParameterFactory factory,
            long inputs,
            long outputs,
            Window window,
            int groups,
            boolean withBias,
            Initializer initializer) {
        if (groups < 1 || inputs % groups != 0 || outputs % groups != 0) {
            throw new ShapeException(
                    "conv2d: " + groups + " groups do not divide " + inputs + " inputs and " + outputs + " outputs");
        }
        this.window = window;
        this.groups = groups;
        Shape shape = Shape.of(outputs, inputs / groups, window.kernelH(), window.kernelW());
        weight = register("weight", factory.create(shape, initializer));
        bias = withBias ? register("bias", factory.create(Shape.of(outputs), Initializer.zeros())) : null;
    }

    /** Each channel convolved apart, by a filter of its own: as many outputs as inputs, He-normal weights, zero bias. */
    public static Conv2d depthwise(ParameterFactory factory, long channels, Window window, boolean withBias) {
        return new Conv2d(
                factory, channels, channels, window, Math.toIntExact(channels), withBias, Initializer.heNormal());
    }

    @Override
    public Parameter weight() {
        return weight;
    }

    @Override
    public Variable callWith(Variable x, Variable w) {
        return bias == null
                ? org.backpropaganda.autograd.op.Conv2d.conv2d(x, w, window, groups)
                : org.backpropaganda.autograd.op.Conv2d.conv2d(x, w, x.tape().parameter(bias), window, groups);
    }

    @Override
    public Optional<String> mixes(int axis, boolean batchStatistics) {
        return axis == 1 || axis == 2 ? Optional.of("reads neighbours") : Optional.empty();
    }

    @Override
    protected Variable forward(Variable x) {
        return callWith(x, x.tape().parameter(weight));
    }
}
