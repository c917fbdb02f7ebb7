package org.example;

import static org.backpropaganda.autograd.op.Ops.plus;
import static org.backpropaganda.autograd.op.Ops.pow;
import static org.backpropaganda.autograd.op.Ops.scale;
import static org.backpropaganda.autograd.op.Ops.square;
import static org.backpropaganda.autograd.op.Ops.times;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.op.Elementwise;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Inverse square root unit, as a user adds an op. Source: Carlile et al. 2017, "Improving Deep Learning by Inverse Square Root
 * Linear Units (ISRLUs)", Eq. (3).
 *
 * <pre>
 * y     = x / √(1 + α x²)
 * shape : x [*] → y [*]
 * saves : x
 * vjp   : dx += dy (1 + α x²)^(−3/2)
 * </pre>
 *
 * @param alpha α, positive
 */
record Isru(double alpha) implements Elementwise {
    static Variable isru(Variable x, double alpha) {
        return x.tape().apply(new Isru(alpha), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.INPUT;
    }

    @Override
    public void forward(ForwardCall call) {
        HostLoop.map(call.output(), x -> x / Math.sqrt(1 + alpha * x * x), call.input(0));
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        HostLoop.map(dx, (dy, x) -> dy * Math.pow(1 + alpha * x * x, -1.5), call.dy(), call.input(0));
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, times(call.dy(), pow(plus(scale(square(call.input(0)), alpha), 1), -1.5)));
    }
}
