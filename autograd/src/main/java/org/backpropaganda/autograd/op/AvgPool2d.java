package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.LinearOp;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Mean of each window.
 *
 * <pre>
 * y     = mean over the taps
 * shape : x [N, H, W, C] → y [N, H', W', C]
 * saves : nothing
 * vjp   : dx[tap] += dy / count
 * </pre>
 *
 * @param window padded by at most half its kernel
 * @param countPadding whether taps on the padding count, as zeros; if not, the window must hold a pixel wherever it lies
 */
public record AvgPool2d(Window window, boolean countPadding) implements LinearOp {

    /** Mean of each window, padding counted, as in PyTorch. */
    public static Variable avgPool2d(Variable x, Window window) {
        return x.tape().apply(new AvgPool2d(window, true), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return countPadding ? PoolShapes.infer(name(), window, in) : PoolShapes.inferOfPixels(name(), window, in);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().pooling().averageForward(window, countPadding, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.temporary(call.spec(0).shape(), call.spec(0).dtype());
        call.kernels().pooling().averageBackward(window, countPadding, call.dy(), dx);
        call.give(0, dx);
    }
}
