package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Two-dimensional convolution of channels-last images (cross-correlation).
 *
 * <pre>
 * y     = x * w + b
 * shape : x [N, H, W, I], w [O, I/groups, kH, kW], b [O] (may be absent) → y [N, H', W', O]
 * saves : x if w needs a gradient, w if x does
 * vjp   : dx += dy * w transposed; dw += x * dy; db += Σ dy over N, H', W'
 * </pre>
 *
 * @param window stride, padding, dilation; its kernel must be that of w
 * @param groups how many groups of channels are convolved apart
 */
public record Conv2d(Window window, int groups) implements TwiceDifferentiable {

    /** Convolution without bias. */
    public static Variable conv2d(Variable x, Variable w, Window window, int groups) {
        return x.tape().apply(new Conv2d(window, groups), x, w);
    }

    /** Convolution with bias. */
    public static Variable conv2d(Variable x, Variable w, Variable b, Window window, int groups) {
        return x.tape().apply(new Conv2d(window, groups), x, w, b);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.require(in.size() == 2 || in.size() == 3, name(), "takes x, w and perhaps b, got " + in);
        DType dtype = Checks.dtype(name(), in);
        Checks.rank(name(), "x", in.get(0), 4, "[N, H, W, I]");
        Checks.rank(name(), "w", in.get(1), 4, "[O, I/groups, kH, kW]");
        Shape x = in.get(0).shape();
        Shape w = in.get(1).shape();
        Checks.require(
                groups >= 1 && x.dim(3) % groups == 0 && w.dim(0) % groups == 0,
                name(),
                groups + " groups must divide the " + x.dim(3) + " channels of x " + x + " and the " + w.dim(0)
                        + " filters of w " + w);
        Checks.require(
                w.dim(1) == x.dim(3) / groups,
                name(),
                "w " + w + " has " + w.dim(1) + " channels a group, x " + x + " in " + groups + " groups has "
                        + x.dim(3) / groups);
        Checks.require(
                w.dim(2) == window.kernelH() && w.dim(3) == window.kernelW(),
                name(),
                "w " + w + " does not match the window's kernel " + window.kernelH() + "x" + window.kernelW());
        Checks.require(
                in.size() == 2 || in.get(2).shape().equals(Shape.of(w.dim(0))),
                name(),
                "b " + in.get(in.size() - 1).shape() + " must be [" + w.dim(0) + "]");
        return Checks.named(
                name() + ": x " + x + ", w " + w,
                () -> new TensorSpec(
                        Shape.of(x.dim(0), window.outH(x.dim(1)), window.outW(x.dim(2)), w.dim(0)), dtype));
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().inputIf(operands.needs(1), 0).inputIf(operands.needs(0), 1);
    }

    @Override
    public long multiplyAdds(Operands inputs, TensorSpec output) {
        return output.shape().elements()
                * (inputs.spec(1).shape().elements() / inputs.spec(1).shape().dim(0));
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor b = call.inputs().size() == 3 ? call.input(2) : null;
        call.kernels().convolution().forward(window, groups, call.input(0), call.input(1), b, call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        if (call.needs(1)) {
            BackwardCall.Target dw = call.target(1);
            call.kernels()
                    .convolution()
                    .backwardWeights(window, groups, call.input(0), call.dy(), dw.tensor(), dw.accumulate());
            call.release(0);
        }
        if (call.inputs() == 3 && call.needs(2)) {
            BackwardCall.Target db = call.target(2);
            Tensor image = call.view(db.tensor(), db.tensor().shape().padded(4));
            call.kernels().reduction().sum(call.dy(), image, db.accumulate());
            image.close();
        }
        if (call.needs(0)) {
            BackwardCall.Target dx = call.target(0);
            call.kernels()
                    .convolution()
                    .backwardData(window, groups, call.dy(), call.input(1), dx.tensor(), dx.accumulate());
        }
    }

    @Override
    public void gradient(GradientCall call) {
        if (call.needs(0)) {
            Shape x = call.spec(0).shape();
            Variable dx = ConvTranspose2d.convTranspose2d(call.dy(), call.input(1), window, groups, x.dim(1), x.dim(2));
            call.give(0, dx);
        }
        if (call.needs(1)) {
            call.give(1, Conv2dWeightGradient.conv2dWeightGradient(call.input(0), call.dy(), window, groups));
        }
        if (call.inputs() == 3 && call.needs(2)) {
            call.give(2, Sum.sum(call.dy(), 0, 1, 2));
        }
    }
}
