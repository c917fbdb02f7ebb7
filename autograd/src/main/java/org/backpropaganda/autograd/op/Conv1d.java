package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * One-dimensional convolution of sequences (cross-correlation): x [N, L, I], w [O, I/groups, k], b [O] → y [N, L', O], with
 * L' = (L + 2 · padding − dilation · (k − 1) − 1) / stride + 1. A {@link Conv2d} of images of one row, which saves what that
 * saves.
 */
public final class Conv1d {
    private Conv1d() {}

    /** Without bias. */
    public static Variable conv1d(Variable x, Variable w, int stride, int padding, int dilation, int groups) {
        Window window = window(x, w, stride, padding, dilation);
        return sequence(Checks.named("conv1d", () -> Conv2d.conv2d(oneRow(x), filters(w), window, groups)));
    }

    /** With bias. */
    public static Variable conv1d(
            Variable x, Variable w, Variable b, int stride, int padding, int dilation, int groups) {
        Window window = window(x, w, stride, padding, dilation);
        return sequence(Checks.named("conv1d", () -> Conv2d.conv2d(oneRow(x), filters(w), b, window, groups)));
    }

    private static Window window(Variable x, Variable w, int stride, int padding, int dilation) {
        Checks.rank("conv1d", "x", x.spec(), 3, "[N, L, I]");
        Checks.rank("conv1d", "w", w.spec(), 3, "[O, I/groups, k]");
        int taps = Math.toIntExact(w.shape().dim(2));
        return Checks.named("conv1d", () -> new Window(1, taps, 1, stride, 0, padding, 1, dilation));
    }

    private static Variable oneRow(Variable x) {
        Shape s = x.shape();
        return Reshape.reshape(x, s.dim(0), 1, s.dim(1), s.dim(2));
    }

    private static Variable filters(Variable w) {
        Shape s = w.shape();
        return Reshape.reshape(w, s.dim(0), s.dim(1), 1, s.dim(2));
    }

    private static Variable sequence(Variable image) {
        Shape s = image.shape();
        return Reshape.reshape(image, s.dim(0), s.dim(2), s.dim(3));
    }
}
