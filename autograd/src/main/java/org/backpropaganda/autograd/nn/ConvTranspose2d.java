package org.backpropaganda.autograd.nn;

import java.util.Optional;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * Transposed two-dimensional convolution: x [N, H, W, I] → y [N, H', W', O], with parameters weight [I, O/groups, kH, kW]
 * and perhaps bias [O]. H' = (H − 1) · stride − 2 · padding + dilation · (kH − 1) + output padding + 1.
 */
public final class ConvTranspose2d extends UnaryModule implements AxisMixing {
    private final Window window;
    private final int outputPaddingH;
    private final int outputPaddingW;
    private final int groups;
    private final Parameter weight;
    private final @Nullable Parameter bias;

    /** Dense channels, no output padding, He-normal weights, zero bias. */
    public ConvTranspose2d(ParameterFactory factory, long inputs, long outputs, Window window, boolean withBias) {
        this(factory, inputs, outputs, window, 0, 0, 1, withBias, Initializer.heNormal());
    }

    /**
     * All choices.
     *
     * @param outputPaddingH,outputPaddingW rows and columns of y that no window need reach, less than the stride
     * @param initializer draws the weight, seen as that of the convolution that is transposed: its fan-in is O/groups kH
     *     kW, as in PyTorch
     * @throws ShapeException if the groups do not divide inputs and outputs
     */
    public ConvTranspose2d(
            ParameterFactory factory,
            long inputs,
            long outputs,
            Window window,
            int outputPaddingH,
            int outputPaddingW,
            int groups,
            boolean withBias,
            Initializer initializer) {
        if (groups < 1 || inputs % groups != 0 || outputs % groups != 0) {
            throw new ShapeException("convtranspose2d: " + groups + " groups do not divide " + inputs + " inputs and "
                    + outputs + " outputs");
        }
        this.window = window;
        this.outputPaddingH = outputPaddingH;
        this.outputPaddingW = outputPaddingW;
        this.groups = groups;
        Shape shape = Shape.of(inputs, outputs / groups, window.kernelH(), window.kernelW());
        weight = register("weight", factory.create(shape, initializer));
        bias = withBias ? register("bias", factory.create(Shape.of(outputs), Initializer.zeros())) : null;
    }

    @Override
    public Optional<String> mixes(int axis, boolean batchStatistics) {
        return axis == 1 || axis == 2 ? Optional.of("reads neighbours") : Optional.empty();
    }

    @Override
    protected Variable forward(Variable x) {
        var op = org.backpropaganda.autograd.op.ConvTranspose2d.padded(
                window, groups, x.shape(), outputPaddingH, outputPaddingW);
        Variable w = x.tape().parameter(weight);
        return bias == null
                ? x.tape().apply(op, x, w)
                : x.tape().apply(op, x, w, x.tape().parameter(bias));
    }
}
