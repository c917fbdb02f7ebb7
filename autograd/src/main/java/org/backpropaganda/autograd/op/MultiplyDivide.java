package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Quotients;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Quotient of a product, with broadcasting as in NumPy, which neither overflows nor underflows before it is divided. The
 * derivative of a {@link Divide} has it, and its own derivatives are of its kind.
 *
 * <pre>
 * y     = a · b / c
 * shape : a [*], b [*], c [*] → y [* broadcast]
 * saves : a if b needs a gradient, b if a does, c, y if c does
 * vjp   : da += dy b / c; db += dy a / c; dc −= dy y / c, summed over broadcast axes
 * </pre>
 */
public record MultiplyDivide() implements TwiceDifferentiable {

    /** a · b / c. */
    public static Variable multiplyDivide(Variable a, Variable b, Variable c) {
        return a.tape().apply(new MultiplyDivide(), a, b, c);
    }

    @Override
    public String name() {
        return "multiplyDivide";
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 3);
        DType dtype = Checks.dtype(name(), in);
        return Checks.named(
                name(),
                () -> new TensorSpec(
                        Shape.broadcast(
                                Shape.broadcast(in.get(0).shape(), in.get(1).shape()),
                                in.get(2).shape()),
                        dtype));
    }

    @Override
    public Saves saves(Operands operands) {
        Saves saves = Saves.none()
                .inputIf(operands.needs(1), 0)
                .inputIf(operands.needs(0), 1)
                .input(2);
        return operands.needs(2) ? saves.andOutput() : saves;
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        Quotients.apply(1, call.input(0), call.input(1), call.input(2), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        for (int i = 0; i < 3; i++) {
            if (call.needs(i)) {
                Tensor d = call.temporary(call.dy().shape(), call.dy().dtype());
                Tensor factor = i == 2 ? call.output() : call.input(1 - i);
                Quotients.apply(i == 2 ? -1 : 1, call.dy(), factor, call.input(2), d);
                call.give(i, d);
            }
        }
    }

    @Override
    public void gradient(GradientCall call) {
        for (int i = 0; i < 3; i++) {
            if (call.needs(i)) {
                Variable factor = i == 2 ? call.output() : call.input(1 - i);
                Variable quotient = multiplyDivide(call.dy(), factor, call.input(2));
                Variable d = i == 2 ? Scale.scale(quotient, -1) : quotient;
                call.give(i, Broadcasting.undo(d, call.spec(i).shape()));
            }
        }
    }
}
