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
 * Logistic function.
 *
 * <pre>
 * y     = 1 / (1 + exp(−x))
 * shape : x [*] → y [*]
 * saves : y
 * vjp   : dx += dy y (1 − y)
 * </pre>
 */
public record Sigmoid() implements TwiceDifferentiable {

    /** 1 / (1 + exp(−x)). */
    public static Variable sigmoid(Variable x) {
        return x.tape().apply(new Sigmoid(), x);
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
        call.kernels().eltwise().forward(EltwiseKernel.Function.SIGMOID, 0, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        call.kernels().eltwise().backwardFromOutput(EltwiseKernel.Function.SIGMOID, 0, call.output(), call.dy(), dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Variable y = call.output();
        call.give(0, Multiply.multiply(call.dy(), Multiply.multiply(y, Scale.scale(y, -1, 1))));
    }
}
