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
 * Sigmoid-weighted linear unit, or swish. Sources: Elfwing et al. 2017, "Sigmoid-Weighted Linear Units for Neural Network
 * Function Approximation in Reinforcement Learning", Eq. (1); Ramachandran et al. 2017, "Searching for Activation
 * Functions", with β = 1.
 *
 * <pre>
 * y     = x σ(x), σ(x) = 1 / (1 + exp(−x))
 * shape : x [*] → y [*]
 * saves : x; y does not tell it, because the function is not monotonic
 * vjp   : dx += dy σ(x) (1 + x (1 − σ(x)))
 * </pre>
 */
public record Silu() implements TwiceDifferentiable {
    /** Beyond it σ is 0 or 1, and the derivative constant. */
    private static final double FAR = 800;

    /** x σ(x). */
    public static Variable silu(Variable x) {
        return x.tape().apply(new Silu(), x);
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
        call.kernels().eltwise().forward(EltwiseKernel.Function.SILU, 0, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        call.kernels().eltwise().backwardFromInput(EltwiseKernel.Function.SILU, 0, call.input(0), call.dy(), dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Variable x = Clamp.clamp(call.input(0), -FAR, FAR);
        Variable rest = Scale.scale(Multiply.multiply(x, Sigmoid.sigmoid(Scale.scale(x, -1))), 1, 1);
        call.give(0, Multiply.multiply(call.dy(), Multiply.multiply(Sigmoid.sigmoid(x), rest)));
    }
}
