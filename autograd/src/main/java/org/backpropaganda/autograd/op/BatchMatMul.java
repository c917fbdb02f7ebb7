package org.backpropaganda.autograd.op;

import java.util.Arrays;
import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Products of matrices, one for each index of the axes before the last two.
 *
 * <pre>
 * y     = a b
 * shape : a [..., M, K], b [..., K, N] → y [..., M, N], the same leading axes
 * saves : a if b needs a gradient, b if a does
 * vjp   : da += dy bᵀ; db += aᵀ dy
 * </pre>
 */
public record BatchMatMul() implements TwiceDifferentiable {

    /** {@code a b}. */
    public static Variable batchMatMul(Variable a, Variable b) {
        return a.tape().apply(new BatchMatMul(), a, b);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 2);
        Checks.dtype(name(), in);
        Shape a = in.get(0).shape();
        Shape b = in.get(1).shape();
        int rank = a.rank();
        Checks.require(
                rank >= 2 && b.rank() == rank, name(), "a " + a + " and b " + b + " must be [..., rows, columns]");
        Checks.require(Arrays.equals(leading(a), leading(b)), name(), "leading axes differ: a " + a + ", b " + b);
        Checks.require(a.dim(-1) == b.dim(-2), name(), "inner sizes differ: a " + a + ", b " + b + "; transpose b?");
        return in.get(0).with(a.with(-1, b.dim(-1)));
    }

    private static long[] leading(Shape shape) {
        return Arrays.copyOf(shape.toArray(), shape.rank() - 2);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().inputIf(operands.needs(1), 0).inputIf(operands.needs(0), 1);
    }

    @Override
    public long multiplyAdds(Operands inputs, TensorSpec output) {
        return output.shape().elements() * inputs.spec(0).shape().dim(-1);
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels()
                .matmul()
                .multiply(
                        MatrixStack.of(call.input(0)),
                        MatrixStack.of(call.input(1)),
                        1,
                        MatrixStack.of(call.output()),
                        false);
    }

    @Override
    public void vjp(BackwardCall call) {
        MatrixStack dy = MatrixStack.of(call.dy());
        if (call.needs(0)) {
            BackwardCall.Target da = call.target(0);
            MatrixStack b = MatrixStack.of(call.input(1)).transposed();
            call.kernels().matmul().multiply(dy, b, 1, MatrixStack.of(da.tensor()), da.accumulate());
        }
        if (call.needs(1)) {
            BackwardCall.Target db = call.target(1);
            MatrixStack a = MatrixStack.of(call.input(0)).transposed();
            call.kernels().matmul().multiply(a, dy, 1, MatrixStack.of(db.tensor()), db.accumulate());
        }
    }

    @Override
    public void gradient(GradientCall call) {
        if (call.needs(0)) {
            call.give(0, batchMatMul(call.dy(), Transpose.transpose(call.input(1))));
        }
        if (call.needs(1)) {
            call.give(1, batchMatMul(Transpose.transpose(call.input(0)), call.dy()));
        }
    }
}
