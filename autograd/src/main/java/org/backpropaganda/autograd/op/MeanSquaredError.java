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
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Mean squared difference.
 *
 * <pre>
 * y     = Σ (a − b)² / n, n the number of elements
 * shape : a [*], b [*] → y []
 * saves : a − b
 * vjp   : da += 2 dy (a − b) / n; db −= the same
 * </pre>
 */
public record MeanSquaredError() implements TwiceDifferentiable {

    /** Mean squared difference. */
    public static Variable meanSquaredError(Variable prediction, Variable target) {
        return prediction.tape().apply(new MeanSquaredError(), prediction, target);
    }

    @Override
    public String name() {
        return "meanSquaredError";
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return Losses.infer(name(), in);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().extra("difference", operands.spec(0));
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor a = call.input(0);
        Tensor kept = call.extra(0);
        Tensor difference = kept != null ? kept : call.scratch(a.shape(), a.dtype());
        call.kernels().binary().apply(BinaryKernel.Function.SUBTRACT, a, call.input(1), difference);
        Tensor square = call.scratch(a.shape(), a.dtype());
        call.kernels().binary().apply(BinaryKernel.Function.MULTIPLY, difference, difference, square);
        Losses.average(call, square, a.elements());
        square.close();
        if (kept == null) {
            difference.close();
        }
    }

    @Override
    public void vjp(BackwardCall call) {
        double scale = 2 * call.dy().item() / call.spec(0).shape().elements();
        for (int i = 0; i < 2; i++) {
            if (call.needs(i)) {
                Tensor d = call.temporary(call.spec(i).shape(), call.spec(i).dtype());
                call.kernels()
                        .eltwise()
                        .forward(EltwiseKernel.Function.SCALE, i == 0 ? scale : -scale, call.extra(0), d);
                call.give(i, d);
            }
        }
    }

    @Override
    public void gradient(GradientCall call) {
        Variable difference = call.extraAs(new Subtract(), 0, 0, 1);
        double scale = 2.0 / call.spec(0).shape().elements();
        for (int i = 0; i < 2; i++) {
            if (call.needs(i)) {
                call.give(i, Multiply.multiply(Scale.scale(call.dy(), i == 0 ? scale : -scale), difference));
            }
        }
    }
}
