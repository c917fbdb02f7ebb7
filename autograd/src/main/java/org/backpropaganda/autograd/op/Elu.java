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
 * Exponential linear unit. Source: Clevert et al. 2016, Eq. (15).
 *
 * <pre>
 * y     = x where x &gt; 0, α (exp(x) − 1) elsewhere
 * shape : x [*] → y [*]
 * saves : y
 * vjp   : dx += dy where y &gt; 0, dy (y + α) elsewhere
 * </pre>
 *
 * @param alpha the limit for large negative x, negated; positive
 */
public record Elu(double alpha) implements TwiceDifferentiable {

    /** Checks that alpha is positive. */
    public Elu {
        Checks.require(alpha > 0, "elu", "alpha " + alpha + " must be positive");
    }

    /** x where x &gt; 0, α (exp(x) − 1) elsewhere. */
    public static Variable elu(Variable x, double alpha) {
        return x.tape().apply(new Elu(alpha), x);
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
        call.kernels().eltwise().forward(EltwiseKernel.Function.ELU, alpha, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        call.kernels().eltwise().backwardFromOutput(EltwiseKernel.Function.ELU, alpha, call.output(), call.dy(), dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Variable y = call.output();
        Variable positive = Gate.positive(y);
        // What an infinite y would be multiplied with is 0 here, and in the derivatives that follow.
        Variable curve = Scale.scale(Gate.whereNot(positive, y), 1, alpha);
        Variable curved = Gate.whereNot(positive, Multiply.multiply(call.dy(), curve));
        call.give(0, Add.add(Gate.where(positive, call.dy()), curved));
        positive.release();
    }
}
