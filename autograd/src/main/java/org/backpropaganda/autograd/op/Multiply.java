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
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Product, with broadcasting as in NumPy.
 *
 * <pre>
 * y     = a · b
 * shape : a [*], b [*] → y [* broadcast]
 * saves : a if b needs a gradient, b if a does
 * vjp   : da += dy b; db += dy a, summed over broadcast axes
 * </pre>
 */
public record Multiply() implements TwiceDifferentiable {

    /** a · b. */
    public static Variable multiply(Variable a, Variable b) {
        return a.tape().apply(new Multiply(), a, b);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return Broadcasting.infer(name(), in);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().inputIf(operands.needs(1), 0).inputIf(operands.needs(0), 1);
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().binary().apply(BinaryKernel.Function.MULTIPLY, call.input(0), call.input(1), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        for (int i = 0; i < 2; i++) {
            if (call.needs(i)) {
                Tensor d = call.temporary(call.dy().shape(), call.dy().dtype());
                call.kernels().binary().apply(BinaryKernel.Function.MULTIPLY, call.dy(), call.input(1 - i), d);
                call.give(i, d);
            }
        }
    }

    @Override
    public void gradient(GradientCall call) {
        for (int i = 0; i < 2; i++) {
            if (call.needs(i)) {
                Variable product = multiply(call.dy(), call.input(1 - i));
                call.give(i, Broadcasting.undo(product, call.spec(i).shape()));
            }
        }
    }
}
