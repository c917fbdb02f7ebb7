package org.backpropaganda.autograd.kernel.onednn;

import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;
import org.bytedeco.dnnl.dnnl_memory_desc;

/** oneDNN's logical order is N, C, H, W; ours in memory is N, H, W, C. */
final class ImageLayout {
    private ImageLayout() {}

    /** An image [N, H, W, C] as oneDNN sees it. */
    static dnnl_memory_desc image(PrimitiveBuilder builder, Shape nhwc) {
        long n = nhwc.dim(0);
        long h = nhwc.dim(1);
        long w = nhwc.dim(2);
        long c = nhwc.dim(3);
        return builder.strided(new long[] {n, c, h, w}, new long[] {h * w * c, 1, w * c, c});
    }

    static long[] strides(Window window) {
        return new long[] {window.strideH(), window.strideW()};
    }

    /** oneDNN counts the taps skipped, of which a single tap has none: some primitives refuse more than the image has. */
    static long[] dilations(Window window) {
        return new long[] {
            window.kernelH() == 1 ? 0 : window.dilationH() - 1L, window.kernelW() == 1 ? 0 : window.dilationW() - 1L
        };
    }

    static long[] padBefore(Window window) {
        return new long[] {window.padH(), window.padW()};
    }

    /** The padding behind that the output size implies: a stride may leave part of it untouched. */
    static long[] padAfter(Window window, Shape input, Shape output) {
        long h = (output.dim(1) - 1) * window.strideH()
                + (window.kernelH() - 1L) * window.dilationH()
                + 1
                - input.dim(1)
                - window.padH();
        long w = (output.dim(2) - 1) * window.strideW()
                + (window.kernelW() - 1L) * window.dilationW()
                + 1
                - input.dim(2)
                - window.padW();
        return new long[] {h, w};
    }
}
