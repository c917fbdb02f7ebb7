package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Matrix product.
 *
 * <pre>
 * y     = a b
 * shape : a [M, K], b [K, N] → y [M, N]
 * saves : a if b needs a gradient, b if a does
 * vjp   : da += dy bᵀ; db += aᵀ dy
 * </pre>
 */
public record MatMul() implements TwiceDifferentiable {

    /** {@code a b}. */
    public static Variable matmul(Variable a, Variable b) {
        return a.tape().apply(new MatMul(), a, b);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 2);
        DType dtype = Checks.dtype(name(), in);
        Checks.rank(name(), "a", in.get(0), 2, "[M, K]");
        Checks.rank(name(), "b", in.get(1), 2, "[K, N]");
        Shape a = in.get(0).shape();
        Shape b = in.get(1).shape();
        Checks.require(a.dim(1) == b.dim(0), name(), "inner sizes differ: a " + a + ", b " + b + "; transpose b?");
        return new TensorSpec(Shape.of(a.dim(0), b.dim(1)), dtype);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().inputIf(operands.needs(1), 0).inputIf(operands.needs(0), 1);
    }

    @Override
    public long multiplyAdds(Operands inputs, TensorSpec output) {
        return output.shape().elements() * inputs.spec(0).shape().dim(1);
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().matmul().matmul(call.input(0), false, call.input(1), false, null, call.output(), false);
    }

    @Override
    public void vjp(BackwardCall call) {
        if (call.needs(0)) {
            BackwardCall.Target da = call.target(0);
            call.kernels().matmul().matmul(call.dy(), false, call.input(1), true, null, da.tensor(), da.accumulate());
        }
        if (call.needs(1)) {
            BackwardCall.Target db = call.target(1);
            call.kernels().matmul().matmul(call.input(0), true, call.dy(), false, null, db.tensor(), db.accumulate());
        }
    }

    @Override
    public void gradient(GradientCall call) {
        if (call.needs(0)) {
            call.give(0, Linear.linear(call.dy(), call.input(1)));
        }
        if (call.needs(1)) {
            call.give(1, matmul(Transpose.transpose(call.input(0)), call.dy()));
        }
    }
}
