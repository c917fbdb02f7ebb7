package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.SignBits;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** Choices between two operands keep which of them it was, one bit an element. */
final class Choice {
    private Choice() {}

    static Saves saves(Shape output) {
        return Saves.none().extra("choice", new TensorSpec(output, DType.BIT));
    }

    /** Marks where one input is larger than another, by way of the output, which is overwritten. */
    static void markSecond(ForwardCall call, int larger, int smaller) {
        Tensor bits = call.extra(0);
        if (bits != null) {
            call.kernels()
                    .binary()
                    .apply(BinaryKernel.Function.SUBTRACT, call.input(larger), call.input(smaller), call.output());
            SignBits.pack(call.output(), bits);
        }
    }

    /** Gives dy to one input where the bit is not set, to another where it is. */
    static void vjp(BackwardCall call, int unset, int set) {
        if (call.needs(unset)) {
            Tensor d = call.needs(set)
                    ? call.temporary(call.dy().shape(), call.dy().dtype())
                    : call.reusableDy();
            SignBits.choose(null, call.dy(), call.extra(0), d);
            call.give(unset, d);
        }
        if (call.needs(set)) {
            Tensor d = call.reusableDy();
            SignBits.choose(call.dy(), null, call.extra(0), d);
            call.give(set, d);
        }
    }

    /** Gives dy, recorded, to one input where the bit is not set, to another where it is. */
    static void gradient(GradientCall call, int unset, int set) {
        if (call.needs(unset)) {
            Variable d = Gate.whereNot(call.extra(0), call.dy());
            call.give(unset, Broadcasting.undo(d, call.spec(unset).shape()));
        }
        if (call.needs(set)) {
            Variable d = Gate.where(call.extra(0), call.dy());
            call.give(set, Broadcasting.undo(d, call.spec(set).shape()));
        }
    }
}
