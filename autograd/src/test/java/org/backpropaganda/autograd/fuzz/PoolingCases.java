package org.backpropaganda.autograd.fuzz;

import static org.backpropaganda.autograd.testkit.Input.in;

import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.AdaptiveAvgPool2d;
import org.backpropaganda.autograd.op.AdaptiveMaxPool2d;
import org.backpropaganda.autograd.op.AvgPool2d;
import org.backpropaganda.autograd.op.MaxPool2d;
import org.backpropaganda.autograd.op.UpsampleBilinear;
import org.backpropaganda.autograd.op.UpsampleNearest;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.testkit.OpCase;

/** Poolings, and what makes images larger. */
final class PoolingCases {
    private PoolingCases() {}

    static OpCase draw(Draw draw) {
        Window window = draw.poolingWindow();
        Shape x = draw.imagesFor(window, draw.channels());
        if (window.paddingRows(x.dim(1)) + window.paddingColumns(x.dim(2)) > 0) {
            return OpCase.of(new AvgPool2d(window, true), in(x));
        }
        return switch (draw.between(1, 10)) {
            case 1, 2, 3, 4 -> OpCase.of(new MaxPool2d(window), in(x).distinct());
            case 5, 6 -> OpCase.of(new AvgPool2d(window, true), in(x));
            case 7 -> OpCase.of(new AvgPool2d(window, false), in(x));
            case 8 -> OpCase.of(new AdaptiveMaxPool2d(draw.between(1, 9), draw.between(1, 9)), in(x).distinct());
            case 9 -> OpCase.of(new AdaptiveAvgPool2d(draw.between(1, 9), draw.between(1, 9)), in(x));
            default -> resized(draw, x);
        };
    }

    private static OpCase resized(Draw draw, Shape x) {
        return draw.oneIn(2)
                ? OpCase.of(new UpsampleNearest(draw.between(1, 3)), in(x))
                : OpCase.of(new UpsampleBilinear(draw.between(1, 9), draw.between(1, 9), draw.oneIn(2)), in(x));
    }
}
