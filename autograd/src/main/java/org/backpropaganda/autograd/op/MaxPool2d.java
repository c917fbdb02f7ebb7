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
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Maximum of each window.
 *
 * <pre>
 * y     = max over the taps inside the image
 * shape : x [N, H, W, C] → y [N, H', W', C]
 * saves : the winning tap's number, one byte an output element
 * vjp   : dx[winner] += dy; of equal values the first tap in row-major order wins
 * </pre>
 *
 * NaN is larger than any number; of several the last wins.
 *
 * @param window of at most 255 taps, padded by at most half its kernel; wherever it lies it must hold a pixel
 */
public record MaxPool2d(Window window) implements TwiceDifferentiable {
    /** Of larger windows oneDNN notes the winner in four bytes. */
    private static final int MOST_TAPS = 255;

    /** Maximum of each window. */
    public static Variable maxPool2d(Variable x, Window window) {
        return x.tape().apply(new MaxPool2d(window), x);
    }

    /** Whether a window is small enough. */
    static boolean takes(Window window) {
        return (long) window.kernelH() * window.kernelW() <= MOST_TAPS;
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.require(
                takes(window),
                name(),
                "a window of " + window.kernelH() + "x" + window.kernelW() + " taps is over " + MOST_TAPS
                        + ", for inputs " + in);
        return PoolShapes.inferOfPixels(name(), window, in);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none()
                .extra("winning taps", new TensorSpec(infer(operands.specs()).shape(), DType.BYTE));
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().pooling().maxForward(window, call.input(0), call.output(), call.extra(0));
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.temporary(call.spec(0).shape(), call.spec(0).dtype());
        call.kernels().pooling().maxBackward(window, call.dy(), call.extra(0), dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        long width = call.spec(0).shape().dim(2);
        WinningPixels.gradient(call, (i, j, tap) -> {
            long row = i * window.strideH() - window.padH() + (long) tap / window.kernelW() * window.dilationH();
            long column = j * window.strideW() - window.padW() + (long) tap % window.kernelW() * window.dilationW();
            return row * width + column;
        });
    }
}
