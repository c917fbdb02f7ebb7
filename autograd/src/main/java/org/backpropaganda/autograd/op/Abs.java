package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.BackwardCall;
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

/**
 * Absolute value.
 *
 * <pre>
 * y     = |x|
 * shape : x [*] → y [*]
 * saves : whether x &gt; 0 and whether x ≠ 0, two bits an element
 * vjp   : dx += dy where x &gt; 0, −dy where x &lt; 0; the derivative at 0 is 0
 * </pre>
 */
public record Abs() implements Elementwise {

    /** |x|. */
    public static Variable abs(Variable x) {
        return x.tape().apply(new Abs(), x);
    }

    @Override
    public Saves saves(Operands operands) {
        TensorSpec bits = new TensorSpec(operands.spec(0).shape(), DType.BIT);
        return Saves.none().extra("positive", bits).extra("nonzero", bits);
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().eltwise().forward(EltwiseKernel.Function.ABS, 0, call.input(0), call.output());
        Tensor positive = call.extra(0);
        Tensor nonzero = call.extra(1);
        if (positive != null && nonzero != null) {
            SignBits.pack(call.input(0), positive);
            SignBits.pack(call.output(), nonzero);
        }
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        SignBits.select(call.dy(), call.extra(0), -1, dx);
        SignBits.select(dx, call.extra(1), 0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Variable signed =
                Subtract.subtract(Gate.where(call.extra(0), call.dy()), Gate.whereNot(call.extra(0), call.dy()));
        call.give(0, Gate.where(call.extra(1), signed));
    }
}
