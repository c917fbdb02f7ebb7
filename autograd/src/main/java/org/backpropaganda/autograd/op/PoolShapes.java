package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** The shape rules that poolings and resizings share. */
final class PoolShapes {
    private PoolShapes() {}

    static TensorSpec infer(String op, Window window, List<TensorSpec> in) {
        Checks.count(op, in, 1);
        DType dtype = Checks.dtype(op, in);
        Checks.rank(op, "x", in.get(0), 4, "[N, H, W, C]");
        Checks.require(
                2 * window.padH() <= window.kernelH() && 2 * window.padW() <= window.kernelW(),
                op,
                "x " + in.get(0).shape() + ": padding " + window.padH() + "x" + window.padW()
                        + " is more than half the kernel " + window.kernelH() + "x" + window.kernelW());
        Shape x = in.get(0).shape();
        return Checks.named(
                op + ": x " + x,
                () -> new TensorSpec(
                        Shape.of(x.dim(0), window.outH(x.dim(1)), window.outW(x.dim(2)), x.dim(3)), dtype));
    }

    /** Shape of the output of a pool that has no value where a window holds no pixel, and is refused there. */
    static TensorSpec inferOfPixels(String op, Window window, List<TensorSpec> in) {
        TensorSpec y = infer(op, window, in);
        Shape x = in.get(0).shape();
        Checks.require(
                window.paddingRows(x.dim(1)) == 0 && window.paddingColumns(x.dim(2)) == 0,
                op,
                "x " + x + ": some windows of " + window + " hold no pixel; pad or dilate less");
        return y;
    }

    /** Images of another height and width. */
    static TensorSpec resized(String op, List<TensorSpec> in, long height, long width) {
        Checks.count(op, in, 1);
        Checks.dtype(op, in);
        Checks.rank(op, "x", in.get(0), 4, "[N, H, W, C]");
        Shape x = in.get(0).shape();
        Checks.require(
                height >= 1 && width >= 1, op, "size " + height + "x" + width + " of y for x " + x + " is below 1x1");
        return in.get(0).with(Shape.of(x.dim(0), height, width, x.dim(3)));
    }
}
