package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Smooth rectifier, computed without overflow for any x. Source: Dugas et al. 2000, "Incorporating Second-Order
 * Functional Knowledge for Better Option Pricing", Eq. (2), there with β = 1.
 *
 * <pre>
 * y     = log(1 + exp(β x)) / β
 * shape : x [*] → y [*]
 * saves : y
 * vjp   : dx += dy (1 − exp(−β y))
 * </pre>
 *
 * @param beta sharpness, positive
 */
public record Softplus(double beta) implements KernelFunction {

    /** Checks that beta is positive. */
    public Softplus {
        Checks.require(beta > 0, "softplus", "beta " + beta + " must be positive");
    }

    /** log(1 + exp(x)). */
    public static Variable softplus(Variable x) {
        return softplus(x, 1);
    }

    /** log(1 + exp(beta x)) / beta. */
    public static Variable softplus(Variable x, double beta) {
        return x.tape().apply(new Softplus(beta), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.OUTPUT;
    }

    @Override
    public EltwiseKernel.Function function() {
        return EltwiseKernel.Function.SOFTPLUS;
    }

    @Override
    public double alpha() {
        return beta;
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        EltwiseKernel eltwise = call.kernels().eltwise();
        Tensor slope = call.temporary(call.dy().shape(), call.dy().dtype());
        eltwise.forward(EltwiseKernel.Function.SCALE, -beta, call.output(), slope);
        // Where the argument is not positive, ELU is exp - 1.
        eltwise.forward(EltwiseKernel.Function.ELU, 1, slope, slope);
        call.kernels().binary().apply(BinaryKernel.Function.MULTIPLY, call.dy(), slope, dx);
        eltwise.forward(EltwiseKernel.Function.SCALE, -1, dx, dx);
        slope.close();
    }

    @Override
    public void gradient(GradientCall call) {
        Variable negated = Elu.elu(Scale.scale(call.output(), -beta), 1);
        call.give(0, Scale.scale(Multiply.multiply(call.dy(), negated), -1));
    }
}
