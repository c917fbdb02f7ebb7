package org.backpropaganda.autograd.kernel.nd4j;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import org.backpropaganda.autograd.kernel.Window;

/** A window and an image that it fits into. */
record WindowShapes(Window window, long images, long height, long width) {
    long outH() {
        return window.outH(height);
    }

    long outW() {
        return window.outW(width);
    }

    /** Any kernel up to 4, stride (also beyond the kernel) up to 5, padding, dilation, odd sizes. */
    static Arbitrary<WindowShapes> any(boolean padLessThanKernel) {
        Arbitrary<int[]> axis = Combinators.combine(
                        Arbitraries.integers().between(1, 4),
                        Arbitraries.integers().between(1, 5),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.integers().between(0, 9))
                .as((kernel, stride, pad, dilation, extra) -> {
                    int padding = padLessThanKernel ? Math.min(pad, kernel - 1) : pad;
                    int fitting = Math.max(1, dilation * (kernel - 1) + 1 - 2 * padding);
                    return new int[] {kernel, stride, padding, dilation, fitting + extra};
                });
        return Combinators.combine(axis, axis, Arbitraries.integers().between(1, 3))
                .as((h, w, images) -> new WindowShapes(
                        new Window(h[0], w[0], h[1], w[1], h[2], w[2], h[3], w[3]), images, h[4], w[4]));
    }
}
