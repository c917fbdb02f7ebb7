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
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Sum, with broadcasting as in NumPy.
 *
 * <pre>
 * y     = a + b
 * shape : a [*], b [*] → y [* broadcast]
 * saves : nothing
 * vjp   : da += dy; db += dy, summed over broadcast axes
 * </pre>
 *
 * @param inPlace whether y takes the bytes of b where nobody else holds them
 */
public record Add(boolean inPlace) implements TwiceDifferentiable {

    /** Into bytes of its own. */
    public Add() {
        this(false);
    }

    /** a + b. */
    public static Variable add(Variable a, Variable b) {
        return a.tape().apply(new Add(), a, b);
    }

    /** a + b in the bytes of b, which is consumed; if somebody else holds them, into bytes of its own. */
    public static Variable addInPlace(Variable a, Variable b) {
        return a.tape().apply(new Add(true), a, b);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return Broadcasting.infer(name(), in);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public int overwrites() {
        return inPlace ? 1 : -1;
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().binary().apply(BinaryKernel.Function.ADD, call.input(0), call.input(1), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        if (call.needs(0)) {
            call.pass(0);
        }
        if (call.needs(1)) {
            call.pass(1);
        }
    }

    @Override
    public void gradient(GradientCall call) {
        for (int i = 0; i < 2; i++) {
            if (call.needs(i)) {
                call.give(i, Broadcasting.undo(call.dy(), call.spec(i).shape()));
            }
        }
    }
}
