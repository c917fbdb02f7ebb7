package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.ConvolutionKernel;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Transposed two-dimensional convolution of channels-last images: the gradient that {@link Conv2d} with the same window,
 * groups and w gives an input of height × width.
 *
 * <pre>
 * y     = x * w transposed + b: each pixel of x adds its multiple of the filters to a window of y
 * shape : x [N, H', W', I], w [I, O/groups, kH, kW], b [O] (may be absent) → y [N, height, width, O]
 * saves : x if w needs a gradient, w if x does
 * vjp   : dx += dy * w; dw += dy * x; db += Σ dy over N, height, width
 * </pre>
 *
 * <p>Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", § 4. Deviations: PyTorch
 * also takes an output padding of a stride or more, up to the dilation.
 *
 * @param window stride, padding, dilation of the convolution that is transposed; its kernel must be that of w
 * @param groups how many groups of channels are convolved apart
 * @param height,width of y; the window must make the height and width of x of them
 */
public record ConvTranspose2d(Window window, int groups, long height, long width) implements TwiceDifferentiable {

    /**
     * The op for images of a shape, with rows and columns of y that no window need reach: PyTorch's output_padding. A
     * stride maps as many sizes as it is wide to one, so less than it.
     *
     * @param x [N, H', W', I]
     */
    public static ConvTranspose2d padded(Window window, int groups, Shape x, int outputPaddingH, int outputPaddingW) {
        Checks.require(x.rank() == 4, "convtranspose2d", "x " + x + " must be [N, H, W, I]");
        Checks.require(
                outputPaddingH >= 0
                        && outputPaddingH < window.strideH()
                        && outputPaddingW >= 0
                        && outputPaddingW < window.strideW(),
                "convtranspose2d",
                "output padding " + outputPaddingH + "x" + outputPaddingW + " of x " + x
                        + " must be at least 0 and less than the stride " + window.strideH() + "x" + window.strideW());
        return new ConvTranspose2d(
                window,
                groups,
                size(x.dim(1), window.kernelH(), window.strideH(), window.padH(), window.dilationH()) + outputPaddingH,
                size(x.dim(2), window.kernelW(), window.strideW(), window.padW(), window.dilationW()) + outputPaddingW);
    }

    private static long size(long in, int kernel, int stride, int pad, int dilation) {
        return (in - 1) * stride - 2L * pad + (long) dilation * (kernel - 1) + 1;
    }

    /** Without bias. */
    public static Variable convTranspose2d(Variable x, Variable w, Window window, int groups, long height, long width) {
        return x.tape().apply(new ConvTranspose2d(window, groups, height, width), x, w);
    }

    /** With bias. */
    public static Variable convTranspose2d(
            Variable x, Variable w, Variable b, Window window, int groups, long height, long width) {
        return x.tape().apply(new ConvTranspose2d(window, groups, height, width), x, w, b);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.require(in.size() == 2 || in.size() == 3, name(), "takes x, w and perhaps b, got " + in);
        DType dtype = Checks.dtype(name(), in);
        Checks.rank(name(), "x", in.get(0), 4, "[N, H, W, I]");
        Checks.rank(name(), "w", in.get(1), 4, "[I, O/groups, kH, kW]");
        Shape x = in.get(0).shape();
        Shape w = in.get(1).shape();
        Checks.require(
                w.dim(0) == x.dim(3),
                name(),
                "w " + w + " = [I, O/groups, kH, kW] has " + w.dim(0) + " input channels, x " + x + " has " + x.dim(3));
        Checks.require(
                groups >= 1 && x.dim(3) % groups == 0,
                name(),
                groups + " groups must divide the " + x.dim(3) + " channels of x " + x);
        Checks.require(
                w.dim(2) == window.kernelH() && w.dim(3) == window.kernelW(),
                name(),
                "w " + w + " does not match the window's kernel " + window.kernelH() + "x" + window.kernelW());
        long outputs = w.dim(1) * groups;
        Checks.require(
                in.size() == 2 || in.get(2).shape().equals(Shape.of(outputs)),
                name(),
                "b " + in.get(in.size() - 1).shape() + " must be [" + outputs + "]");
        Checks.require(
                height >= 1 && width >= 1,
                name(),
                "y would be " + height + "x" + width + " for x " + x + ", w " + w + "; pad less");
        checkSize(x);
        return new TensorSpec(Shape.of(x.dim(0), height, width, outputs), dtype);
    }

    private void checkSize(Shape x) {
        String sizes = name() + ": x " + x + ", y " + height + "x" + width;
        long h = Checks.named(sizes, () -> window.outH(height));
        long w = Checks.named(sizes, () -> window.outW(width));
        Checks.require(
                h == x.dim(1) && w == x.dim(2),
                name(),
                "the window makes " + h + "x" + w + " of y " + height + "x" + width + ", but x " + x + " has "
                        + x.dim(1) + "x" + x.dim(2));
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().inputIf(operands.needs(1), 0).inputIf(operands.needs(0), 1);
    }

    @Override
    public long multiplyAdds(Operands inputs, TensorSpec output) {
        return inputs.spec(0).shape().elements()
                * (inputs.spec(1).shape().elements() / inputs.spec(1).shape().dim(0));
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor y = call.output();
        call.kernels().convolution().backwardData(window, groups, call.input(0), call.input(1), y, false);
        if (call.inputs().size() == 3) {
            call.kernels().binary().apply(BinaryKernel.Function.ADD, y, call.input(2), y);
        }
    }

    @Override
    public void vjp(BackwardCall call) {
        ConvolutionKernel convolution = call.kernels().convolution();
        if (call.needs(1)) {
            BackwardCall.Target dw = call.target(1);
            convolution.backwardWeights(window, groups, call.dy(), call.input(0), dw.tensor(), dw.accumulate());
            call.release(0);
        }
        if (call.inputs() == 3 && call.needs(2)) {
            BackwardCall.Target db = call.target(2);
            Tensor image = call.view(db.tensor(), db.tensor().shape().padded(4));
            call.kernels().reduction().sum(call.dy(), image, db.accumulate());
            image.close();
        }
        if (call.needs(0)) {
            Tensor dx = call.temporary(call.spec(0).shape(), call.dy().dtype());
            convolution.forward(window, groups, call.dy(), call.input(1), null, dx);
            call.give(0, dx);
        }
    }

    @Override
    public void gradient(GradientCall call) {
        if (call.needs(0)) {
            call.give(0, Conv2d.conv2d(call.dy(), call.input(1), window, groups));
        }
        if (call.needs(1)) {
            call.give(1, Conv2dWeightGradient.conv2dWeightGradient(call.dy(), call.input(0), window, groups));
        }
        if (call.inputs() == 3 && call.needs(2)) {
            call.give(2, Sum.sum(call.dy(), 0, 1, 2));
        }
    }
}
