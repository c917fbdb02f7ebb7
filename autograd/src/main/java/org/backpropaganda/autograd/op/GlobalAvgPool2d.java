package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.Variable;

/** Mean over the spatial axes of images: x [N, H, W, C] → y [N, C]. A composite of {@link Mean}. */
public final class GlobalAvgPool2d {
    private GlobalAvgPool2d() {}

    /** Mean over H and W. */
    public static Variable globalAvgPool2d(Variable x) {
        Checks.require(x.shape().rank() == 4, "globalAvgPool2d", "x " + x.shape() + " must be [N, H, W, C]");
        return Mean.mean(x, 1, 2);
    }
}
