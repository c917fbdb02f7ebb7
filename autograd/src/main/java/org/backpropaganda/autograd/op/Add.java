package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
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
 */
public record Add() implements Op {

    /** a + b. */
    public static Variable add(Variable a, Variable b) {
        return a.tape().apply(new Add(), a, b);
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
}
