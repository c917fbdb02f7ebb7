package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch's windows of adaptive pooling along one axis: place i of {@code out} sees [⌊i · in / out⌋, ⌈(i + 1) · in / out⌉).
 *
 * @param in size of the axis that is pooled
 * @param out size of the result's
 */
record AdaptiveWindows(long in, long out) {

    int start(long i) {
        return Math.toIntExact(i * in / out);
    }

    int end(long i) {
        return Math.toIntExact(((i + 1) * in + out - 1) / out);
    }

    int longest() {
        int longest = 1;
        for (long i = 0; i < out; i++) {
            longest = Math.max(longest, end(i) - start(i));
        }
        return longest;
    }

    /** The distance of windows of one length that all follow at the same distance, or 0 where they do not. */
    private int stride() {
        if (out == 1) {
            return Math.toIntExact(in);
        }
        int stride = start(1);
        for (long i = 0; i < out; i++) {
            if (start(i) != i * stride || end(i) - start(i) != end(0)) {
                return 0;
            }
        }
        return stride;
    }

    /** The window that slides over images [N, H, W, C] as the adaptive ones lie, or none where they are not alike. */
    static @Nullable Window sliding(Shape x, long height, long width) {
        AdaptiveWindows rows = new AdaptiveWindows(x.dim(1), height);
        AdaptiveWindows columns = new AdaptiveWindows(x.dim(2), width);
        int strideH = rows.stride();
        int strideW = columns.stride();
        return strideH == 0 || strideW == 0
                ? null
                : new Window(rows.end(0), columns.end(0), strideH, strideW, 0, 0, 1, 1);
    }
}
