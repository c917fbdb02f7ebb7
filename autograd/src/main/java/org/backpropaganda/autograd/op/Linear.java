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
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Affine map of the last axis.
 *
 * <pre>
 * y     = x wᵀ + b
 * shape : x [..., I], w [O, I], b [O] (may be absent) → y [..., O]
 * saves : x if w needs a gradient, w if x does
 * vjp   : dx += dy w; dw += dyᵀ x; db += Σ dy
 * </pre>
 */
public record Linear() implements TwiceDifferentiable {

    /** {@code x wᵀ}. */
    public static Variable linear(Variable x, Variable w) {
        return x.tape().apply(new Linear(), x, w);
    }

    /** {@code x wᵀ + b}. */
    public static Variable linear(Variable x, Variable w, Variable b) {
        return x.tape().apply(new Linear(), x, w, b);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.require(in.size() == 2 || in.size() == 3, name(), "takes x, w and perhaps b, got " + in);
        DType dtype = Checks.dtype(name(), in);
        Shape x = in.get(0).shape();
        Shape w = in.get(1).shape();
        Checks.rank(name(), "w", in.get(1), 2, "[O, I]");
        Checks.require(x.rank() >= 1, name(), "x " + x + " must be [..., I]");
        Checks.require(
                x.dim(-1) == w.dim(1), name(), "inner sizes differ: x " + x + ", w " + w + " = [O, I]; transpose w?");
        Checks.require(
                in.size() == 2 || in.get(2).shape().equals(Shape.of(w.dim(0))),
                name(),
                "b " + in.get(in.size() - 1).shape() + " must be [" + w.dim(0) + "]");
        return new TensorSpec(x.with(-1, w.dim(0)), dtype);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().inputIf(operands.needs(1), 0).inputIf(operands.needs(0), 1);
    }

    @Override
    public long multiplyAdds(Operands inputs, TensorSpec output) {
        return output.shape().elements() * inputs.spec(1).shape().dim(1);
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor x = call.view(call.input(0), rowShape(call.input(0).shape()));
        Tensor y = call.view(call.output(), rowShape(call.output().shape()));
        Tensor b = call.inputs().size() == 3 ? call.input(2) : null;
        call.kernels().matmul().matmul(x, false, call.input(1), true, b, y, false);
        x.close();
        y.close();
    }

    private static Shape rowShape(Shape shape) {
        return Shape.of(shape.elements() / shape.dim(-1), shape.dim(-1));
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dy = call.view(call.dy(), rowShape(call.dy().shape()));
        if (call.needs(1)) {
            BackwardCall.Target dw = call.target(1);
            Tensor x = call.view(call.input(0), rowShape(call.input(0).shape()));
            call.kernels().matmul().matmul(dy, true, x, false, null, dw.tensor(), dw.accumulate());
            x.close();
            call.release(0);
        }
        if (call.needs(0)) {
            BackwardCall.Target dx = call.target(0);
            Tensor rows = call.view(dx.tensor(), rowShape(dx.tensor().shape()));
            call.kernels().matmul().matmul(dy, false, call.input(1), false, null, rows, dx.accumulate());
            rows.close();
        }
        if (call.inputs() == 3 && call.needs(2)) {
            BackwardCall.Target db = call.target(2);
            Tensor row = call.view(db.tensor(), Shape.of(1, db.tensor().shape().dim(0)));
            call.kernels().reduction().sum(dy, row, db.accumulate());
            row.close();
        }
        dy.close();
    }

    @Override
    public void gradient(GradientCall call) {
        Variable dy = rows(call.dy());
        if (call.needs(0)) {
            Variable dx = MatMul.matmul(dy, call.input(1));
            call.give(0, Reshape.reshape(dx, call.spec(0).shape().toArray()));
        }
        if (call.needs(1)) {
            call.give(1, MatMul.matmul(Transpose.transpose(dy), rows(call.input(0))));
        }
        if (call.inputs() == 3 && call.needs(2)) {
            call.give(2, Sum.sum(dy, 0));
        }
    }

    private static Variable rows(Variable x) {
        return Reshape.reshape(x, rowShape(x.shape()).toArray());
    }
}
