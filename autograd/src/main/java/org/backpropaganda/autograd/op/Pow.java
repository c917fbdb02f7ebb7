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
 * Power with a constant exponent; NaN for negative x unless the exponent is an integer.
 *
 * <pre>
 * y     = x^p
 * shape : x [*] → y [*]
 * saves : x
 * vjp   : dx += dy p x^(p − 1); the derivative at 0 is infinite for p &lt; 1, and 0 for p = 0
 * </pre>
 *
 * @param exponent p
 */
public record Pow(double exponent) implements TwiceDifferentiable {

    /** x to the power of the exponent. */
    public static Variable pow(Variable x, double exponent) {
        return x.tape().apply(new Pow(exponent), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(0);
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().eltwise().forward(EltwiseKernel.Function.POW, exponent, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        call.kernels().eltwise().backwardFromInput(EltwiseKernel.Function.POW, exponent, call.input(0), call.dy(), dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        // Zero, but for NaN, and infinite x too.
        Variable slope = exponent == 0
                ? Scale.scale(Clamp.clamp(call.input(0), -1, 1), 0)
                : Scale.scale(pow(call.input(0), exponent - 1), exponent);
        call.give(0, Multiply.multiply(call.dy(), slope));
    }
}
