package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.Quotients;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Quotient, with broadcasting as in NumPy.
 *
 * <pre>
 * y     = a / b
 * shape : a [*], b [*] → y [* broadcast]
 * saves : b; y if b needs a gradient
 * vjp   : da += dy / b; db −= dy y / b without overflow on the way, summed over broadcast axes
 * </pre>
 */
public record Divide() implements TwiceDifferentiable {

    /** a / b. */
    public static Variable divide(Variable a, Variable b) {
        return a.tape().apply(new Divide(), a, b);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return Broadcasting.infer(name(), in);
    }

    @Override
    public Saves saves(Operands operands) {
        return operands.needs(1)
                ? Saves.none().input(1).andOutput()
                : Saves.none().input(1);
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().binary().apply(BinaryKernel.Function.DIVIDE, call.input(0), call.input(1), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        if (call.needs(0)) {
            Tensor da = call.temporary(call.dy().shape(), call.dy().dtype());
            call.kernels().binary().apply(BinaryKernel.Function.DIVIDE, call.dy(), call.input(1), da);
            call.give(0, da);
        }
        if (call.needs(1)) {
            Tensor db = call.temporary(call.dy().shape(), call.dy().dtype());
            Quotients.apply(-1, call.dy(), call.output(), call.input(1), db);
            call.give(1, db);
        }
    }

    @Override
    public void gradient(GradientCall call) {
        if (call.needs(0)) {
            call.give(
                    0,
                    Broadcasting.undo(
                            divide(call.dy(), call.input(1)), call.spec(0).shape()));
        }
        if (call.needs(1)) {
            Variable product = Scale.scale(MultiplyDivide.multiplyDivide(call.dy(), call.output(), call.input(1)), -1);
            call.give(1, Broadcasting.undo(product, call.spec(1).shape()));
        }
    }
}
