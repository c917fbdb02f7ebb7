package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.SignBits;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** Rectifiers keep the sign of each element, one bit instead of a float. */
final class RectifierBits {
    private RectifierBits() {}

    static Saves saves(Operands operands) {
        return Saves.none().extra("signs", new TensorSpec(operands.spec(0).shape(), DType.BIT));
    }

    static void forward(ForwardCall call, double slope) {
        Tensor signs = call.extra(0);
        if (signs != null) {
            SignBits.pack(call.input(0), signs);
        }
        call.kernels().eltwise().forward(EltwiseKernel.Function.LEAKY_RELU, slope, call.input(0), call.output());
    }

    static Variable gradient(GradientCall call, double slope) {
        Variable passed = Gate.where(call.extra(0), call.dy());
        if (slope == 0) {
            return passed;
        }
        return Add.add(passed, Scale.scale(Gate.whereNot(call.extra(0), call.dy()), slope));
    }
}
