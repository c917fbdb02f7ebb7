package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.tensor.ShapeException;

/**
 * A window that slides over the two spatial axes of an image: the taps of a convolution or of a pool.
 *
 * <pre>{@code
 * Window same = Window.square(3, 1, 1);              // 3×3, [N, H, W, C] keeps H and W
 * Window half = Window.square(2, 2, 0);              // 2×2 side by side, which halves both
 * Window wide = Window.square(3, 1, 2).dilated(2);   // 3×3 taps two apart, keeps H and W
 * Variable y = conv2d(x, w, same, 1);                // w [O, I, 3, 3]
 * long rows = half.outH(32);                         // 16
 * }</pre>
 *
 * An axis of {@code size} pixels has {@code (size + 2 · pad − dilation · (kernel − 1) − 1) / stride + 1} places for it, rounded down:
 * pixels at the end that no place reaches are left out.
 *
 * @param kernelH,kernelW extent in taps
 * @param strideH,strideW step between windows
 * @param padH,padW zeros put on both sides
 * @param dilationH,dilationW distance between taps; 1 is dense
 */
public record Window(
        int kernelH, int kernelW, int strideH, int strideW, int padH, int padW, int dilationH, int dilationW) {

    /** Checks that every extent is positive and no padding negative. */
    public Window {
        if (kernelH < 1
                || kernelW < 1
                || strideH < 1
                || strideW < 1
                || padH < 0
                || padW < 0
                || dilationH < 1
                || dilationW < 1) {
            throw new ShapeException("window: kernel " + kernelH + "x" + kernelW + ", stride " + strideH + "x" + strideW
                    + ", padding " + padH + "x" + padW + ", dilation " + dilationH + "x" + dilationW
                    + ": padding must be at least 0, all else at least 1");
        }
    }

    /** A square window with the same stride and padding both ways, not dilated. */
    public static Window square(int kernel, int stride, int padding) {
        return new Window(kernel, kernel, stride, stride, padding, padding, 1, 1);
    }

    /** This window with another dilation both ways. */
    public Window dilated(int dilation) {
        return new Window(kernelH, kernelW, strideH, strideW, padH, padW, dilation, dilation);
    }

    /**
     * Output rows for {@code height} input rows.
     *
     * @throws ShapeException if the window is larger than the padded input
     */
    public long outH(long height) {
        return out("height", height, kernelH, strideH, padH, dilationH);
    }

    /**
     * Output columns for {@code width} input columns.
     *
     * @throws ShapeException if the window is larger than the padded input
     */
    public long outW(long width) {
        return out("width", width, kernelW, strideW, padW, dilationW);
    }

    /** Output rows all of whose taps lie on the padding of {@code height} input rows. */
    public long paddingRows(long height) {
        return onPadding(outH(height), height, kernelH, strideH, padH, dilationH);
    }

    /** Output columns all of whose taps lie on the padding of {@code width} input columns. */
    public long paddingColumns(long width) {
        return onPadding(outW(width), width, kernelW, strideW, padW, dilationW);
    }

    private static long onPadding(long out, long size, int kernel, int stride, int pad, int dilation) {
        long count = 0;
        for (long i = 0; i < out; i++) {
            long first = i * stride - pad;
            long skipped = first < 0 ? (dilation - 1 - first) / dilation : 0;
            if (skipped >= kernel || first + skipped * dilation >= size) {
                count++;
            }
        }
        return count;
    }

    private static long out(String what, long size, int kernel, int stride, int pad, int dilation) {
        long extent = (long) dilation * (kernel - 1) + 1;
        long room = size + 2L * pad - extent;
        if (room < 0) {
            throw new ShapeException("window: " + what + " " + size + " with padding " + pad + " is smaller than "
                    + extent + " (kernel " + kernel + ", dilation " + dilation + "); pad more or shrink the kernel");
        }
        return room / stride + 1;
    }
}
