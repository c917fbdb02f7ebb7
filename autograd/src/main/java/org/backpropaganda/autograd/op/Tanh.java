package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Hyperbolic tangent.
 *
 * <pre>
 * y     = tanh(x)
 * shape : x [*] → y [*]
 * saves : y
 * vjp   : dx += dy (1 − y²)
 * </pre>
 */
public record Tanh() implements TwiceDifferentiable {

    /** tanh(x). */
    public static Variable tanh(Variable x) {
        return x.tape().apply(new Tanh(), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().andOutput();
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().eltwise().forward(EltwiseKernel.Function.TANH, 0, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        call.kernels().eltwise().backwardFromOutput(EltwiseKernel.Function.TANH, 0, call.output(), call.dy(), dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Variable y = call.output();
        // 1 − y² would cancel near the limits.
        Variable slope = Multiply.multiply(Scale.scale(y, -1, 1), Scale.scale(y, 1, 1));
        call.give(0, Multiply.multiply(call.dy(), slope));
    }
}
