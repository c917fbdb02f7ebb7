package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.AdaptiveAvgPool2d;
import org.backpropaganda.autograd.op.AdaptiveMaxPool2d;
import org.backpropaganda.autograd.op.AvgPool2d;
import org.backpropaganda.autograd.op.GlobalAvgPool2d;
import org.backpropaganda.autograd.op.MaxPool2d;

/** Poolings as layers: x [N, H, W, C]. */
public final class Pool2d {
    private Pool2d() {}

    /** Maximum of each window. */
    public static Activation max(Window window) {
        return new Activation(x -> MaxPool2d.maxPool2d(x, window));
    }

    /** Mean of each window. */
    public static Activation average(Window window) {
        return new Activation(x -> AvgPool2d.avgPool2d(x, window));
    }

    /** Maximum of windows that divide images of any size into height × width. */
    public static Activation adaptiveMax(long height, long width) {
        return new Activation(x -> AdaptiveMaxPool2d.adaptiveMaxPool2d(x, height, width));
    }

    /** Mean of windows that divide images of any size into height × width. */
    public static Activation adaptiveAverage(long height, long width) {
        return new Activation(x -> AdaptiveAvgPool2d.adaptiveAvgPool2d(x, height, width));
    }

    /** Mean over H and W: [N, C]. */
    public static Activation globalAverage() {
        return new Activation(GlobalAvgPool2d::globalAvgPool2d);
    }
}
