package org.backpropaganda.autograd.fuzz;

import java.util.SplittableRandom;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.testkit.Input;

/** Random choices with a bias towards what kernels get wrong: ones, and numbers beside the lengths of vectors. */
final class Draw {
    private static final int[] CHANNELS = {1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 64};

    private final SplittableRandom random;

    Draw(long seed) {
        random = new SplittableRandom(seed);
    }

    /** One of {@code low} to {@code high}. */
    int between(int low, int high) {
        return random.nextInt(low, high + 1);
    }

    /** True once in {@code n} times. */
    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    int channels() {
        return CHANNELS[random.nextInt(CHANNELS.length)];
    }

    /** A size of an axis: often 1, mostly small. */
    int size() {
        if (oneIn(4)) {
            return 1;
        }
        return oneIn(6) ? between(9, 40) : between(2, 8);
    }

    int images() {
        return oneIn(8) ? between(4, 9) : between(1, 3);
    }

    /** A window of kernels up to 5, strides beyond the kernel, and padding that may be larger than what it pads. */
    Window window() {
        int[] h = side();
        int[] w = oneIn(3) ? h : side();
        return new Window(h[0], w[0], h[1], w[1], h[2], w[2], h[3], w[3]);
    }

    private int[] side() {
        int kernel = oneIn(3) ? 1 : between(2, 5);
        int stride = oneIn(2) ? 1 : between(1, kernel + 2);
        int dilation = oneIn(2) ? 1 : between(1, 3);
        int extent = dilation * (kernel - 1) + 1;
        int padding = oneIn(2) ? kernel / 2 : between(0, oneIn(2) ? 2 * extent + 2 : extent);
        return new int[] {kernel, stride, padding, dilation};
    }

    /** A window as poolings take them, padded by half its kernel at most. */
    Window poolingWindow() {
        Window w = window();
        return new Window(
                w.kernelH(),
                w.kernelW(),
                w.strideH(),
                w.strideW(),
                Math.min(w.padH(), w.kernelH() / 2),
                Math.min(w.padW(), w.kernelW() / 2),
                w.dilationH(),
                w.dilationW());
    }

    /** Images that the window fits at least once. */
    Shape imagesFor(Window window, int channels) {
        return Shape.of(
                images(),
                Math.max(size(), room(window.kernelH(), window.padH(), window.dilationH())),
                Math.max(size(), room(window.kernelW(), window.padW(), window.dilationW())),
                channels);
    }

    private static int room(int kernel, int padding, int dilation) {
        return dilation * (kernel - 1) + 1 - 2 * padding;
    }

    /** Now and then without a gradient. */
    Input perhapsConstant(Input input) {
        return oneIn(6) ? input.constant() : input;
    }

    /** With NaN or an infinity at one or two places. */
    Input spoilt(Input input) {
        int places = between(1, 2);
        long seed = random.nextLong();
        return input.with((shape, values) -> {
            double[] drawn = input.values().draw(shape, values);
            SplittableRandom where = new SplittableRandom(seed);
            for (int i = 0; i < places; i++) {
                drawn[where.nextInt(drawn.length)] = special(where.nextInt(4));
            }
            return drawn;
        });
    }

    private static double special(int kind) {
        return switch (kind) {
            case 0 -> Double.POSITIVE_INFINITY;
            case 1 -> Double.NEGATIVE_INFINITY;
            default -> Double.NaN;
        };
    }
}
