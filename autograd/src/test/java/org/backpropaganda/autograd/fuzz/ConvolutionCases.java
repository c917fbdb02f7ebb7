package org.backpropaganda.autograd.fuzz;

import static org.backpropaganda.autograd.testkit.Input.in;

import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.Conv2d;
import org.backpropaganda.autograd.op.Conv2dWeightGradient;
import org.backpropaganda.autograd.op.ConvTranspose2d;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;

/** Convolutions: plain, grouped, depthwise, of sequences, transposed. */
final class ConvolutionCases {
    /** Products, so that a case takes milliseconds. */
    private static final long MOST_PRODUCTS = 1 << 22;

    private ConvolutionCases() {}

    /** The shapes of one. */
    private record Geometry(Window window, int groups, Shape x, Shape w) {
        static Geometry draw(Draw draw) {
            while (true) {
                Geometry drawn = once(draw);
                if (drawn.y().elements() * drawn.w.elements() / drawn.w.dim(0) <= MOST_PRODUCTS) {
                    return drawn;
                }
            }
        }

        private static Geometry once(Draw draw) {
            Window window = draw.window();
            int groups = draw.oneIn(2) ? 1 : draw.oneIn(2) ? draw.between(2, 4) : draw.channels();
            boolean depthwise = groups > 4 || draw.oneIn(3);
            int inputs = depthwise ? 1 : draw.channels();
            int outputs = depthwise ? draw.between(1, 2) : draw.channels();
            boolean sequence = draw.oneIn(5);
            if (sequence) {
                window = new Window(1, window.kernelW(), 1, window.strideW(), 0, window.padW(), 1, window.dilationW());
            }
            Shape x = draw.imagesFor(window, groups * inputs);
            return new Geometry(
                    window,
                    groups,
                    sequence ? x.with(1, 1) : x,
                    Shape.of((long) groups * outputs, inputs, window.kernelH(), window.kernelW()));
        }

        Shape y() {
            return Shape.of(x.dim(0), window.outH(x.dim(1)), window.outW(x.dim(2)), w.dim(0));
        }
    }

    static OpCase draw(Draw draw) {
        Geometry g = Geometry.draw(draw);
        Input x = draw.perhapsConstant(in(g.x));
        if (draw.oneIn(6)) {
            return OpCase.of(new Conv2dWeightGradient(g.window, g.groups), x, in(g.y()));
        }
        Conv2d op = new Conv2d(g.window, g.groups);
        return draw.oneIn(3)
                ? OpCase.of(op, x, in(g.w))
                : OpCase.of(op, x, draw.perhapsConstant(in(g.w)), in(g.w.dim(0)));
    }

    static OpCase drawTransposed(Draw draw) {
        Geometry g = Geometry.draw(draw);
        Input x = draw.perhapsConstant(in(g.y()));
        ConvTranspose2d op = new ConvTranspose2d(g.window, g.groups, g.x.dim(1), g.x.dim(2));
        return draw.oneIn(3)
                ? OpCase.of(op, x, in(g.w))
                : OpCase.of(op, x, draw.perhapsConstant(in(g.w)), in(g.x.dim(3)));
    }
}
