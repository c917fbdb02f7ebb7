package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Multiplication by a number, and addition of another.
 *
 * <pre>
 * y     = a x + b
 * shape : x [*] → y [*]
 * saves : nothing
 * vjp   : dx += a dy
 * </pre>
 *
 * @param factor a
 * @param offset b
 */
public record Scale(double factor, double offset) implements Elementwise {

    /** a x. */
    public static Variable scale(Variable x, double factor) {
        return scale(x, factor, 0);
    }

    /** a x + b. */
    public static Variable scale(Variable x, double factor, double offset) {
        return x.tape().apply(new Scale(factor, offset), x);
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor x = call.input(0);
        if (offset == 0) {
            call.kernels().eltwise().forward(EltwiseKernel.Function.SCALE, factor, x, call.output());
        } else {
            HostLoop.map(call.output(), value -> factor * value + offset, x);
        }
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        call.kernels().eltwise().forward(EltwiseKernel.Function.SCALE, factor, call.dy(), dx);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, scale(call.dy(), factor));
    }
}
