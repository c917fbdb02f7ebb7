package org.backpropaganda.autograd.example;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Smooth rectifier, as a user writes an op.
 *
 * <pre>
 * y     = log(1 + exp(x))
 * shape : x [*] → y [*]
 * saves : y
 * vjp   : dx += dy (1 − exp(−y))
 * </pre>
 */
record Softplus() implements Op {
    static Variable softplus(Variable x) {
        return x.tape().apply(new Softplus(), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        if (in.size() != 1 || !in.get(0).dtype().isDifferentiable()) {
            throw new ShapeException("softplus: takes one FLOAT or DOUBLE input, got " + in);
        }
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().andOutput();
    }

    @Override
    public void forward(ForwardCall call) {
        HostLoop.run(
                1,
                (a, from, count) -> {
                    for (int i = 0; i < count; i++) {
                        a[0][i] = (float) softplus(a[1][i]);
                    }
                },
                (a, from, count) -> {
                    for (int i = 0; i < count; i++) {
                        a[0][i] = softplus(a[1][i]);
                    }
                },
                call.output(),
                call.input(0));
    }

    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        HostLoop.run(
                1,
                (a, from, count) -> {
                    for (int i = 0; i < count; i++) {
                        a[0][i] = (float) (a[1][i] * -Math.expm1(-a[2][i]));
                    }
                },
                (a, from, count) -> {
                    for (int i = 0; i < count; i++) {
                        a[0][i] = a[1][i] * -Math.expm1(-a[2][i]);
                    }
                },
                dx,
                call.dy(),
                call.output());
        call.give(0, dx);
    }
}
