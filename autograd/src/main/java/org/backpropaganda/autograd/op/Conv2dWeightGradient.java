package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.ConvolutionKernel;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * The gradient of the weights of a {@link Conv2d}, as a function that is differentiated itself. With {@code Conv2d} and
 * {@link ConvTranspose2d} it is closed under differentiation: all three are the same sum of products x · w · g.
 *
 * <pre>
 * y     = x * g, at the offsets of the window
 * shape : x [N, H, W, I], g [N, H', W', O] → y [O, I/groups, kH, kW]
 * saves : x if g needs a gradient, g if x does
 * vjp   : dx += g * dy transposed; dg += x * dy
 * </pre>
 *
 * @param window of the convolution
 * @param groups of the convolution
 */
public record Conv2dWeightGradient(Window window, int groups) implements TwiceDifferentiable {

    /** The gradient of the weights, given the input and the gradient of the output. */
    public static Variable conv2dWeightGradient(Variable x, Variable g, Window window, int groups) {
        return x.tape().apply(new Conv2dWeightGradient(window, groups), x, g);
    }

    @Override
    public String name() {
        return "conv2dWeightGradient";
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 2);
        DType dtype = Checks.dtype(name(), in);
        Checks.rank(name(), "x", in.get(0), 4, "[N, H, W, I]");
        Checks.rank(name(), "g", in.get(1), 4, "[N, H', W', O]");
        Shape x = in.get(0).shape();
        Shape g = in.get(1).shape();
        Checks.require(
                groups >= 1 && x.dim(3) % groups == 0 && g.dim(3) % groups == 0,
                name(),
                groups + " groups must divide the channels of x " + x + " and of g " + g);
        Shape output = Checks.named(
                name() + ": x " + x + ", g " + g,
                () -> Shape.of(x.dim(0), window.outH(x.dim(1)), window.outW(x.dim(2)), g.dim(3)));
        Checks.require(output.equals(g), name(), "the window makes " + output + " of x " + x + ", but g is " + g);
        return new TensorSpec(Shape.of(g.dim(3), x.dim(3) / groups, window.kernelH(), window.kernelW()), dtype);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().inputIf(operands.needs(1), 0).inputIf(operands.needs(0), 1);
    }

    @Override
    public long multiplyAdds(Operands inputs, TensorSpec output) {
        return inputs.spec(1).shape().elements()
                * (output.shape().elements() / output.shape().dim(0));
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels()
                .convolution()
                .backwardWeights(window, groups, call.input(0), call.input(1), call.output(), false);
    }

    @Override
    public void vjp(BackwardCall call) {
        ConvolutionKernel convolution = call.kernels().convolution();
        if (call.needs(0)) {
            BackwardCall.Target dx = call.target(0);
            convolution.backwardData(window, groups, call.input(1), call.dy(), dx.tensor(), dx.accumulate());
        }
        if (call.needs(1)) {
            Tensor dg = call.temporary(call.spec(1).shape(), call.dy().dtype());
            convolution.forward(window, groups, call.input(0), call.dy(), null, dg);
            call.give(1, dg);
        }
    }

    @Override
    public void gradient(GradientCall call) {
        if (call.needs(0)) {
            Shape x = call.spec(0).shape();
            call.give(0, ConvTranspose2d.convTranspose2d(call.input(1), call.dy(), window, groups, x.dim(1), x.dim(2)));
        }
        if (call.needs(1)) {
            call.give(1, Conv2d.conv2d(call.input(0), call.dy(), window, groups));
        }
    }
}
