package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Piecewise quadratic approximation of swish. Source: Howard et al. 2019, "Searching for MobileNetV3", section 5.2.
 *
 * <pre>
 * y     = x min(max(x + 3, 0), 6) / 6
 * shape : x [*] → y [*]
 * saves : x
 * vjp   : dx += 0 where x ≤ −3, dy where x ≥ 3, dy (2x + 3) / 6 between
 * </pre>
 */
public record Hardswish() implements TwiceDifferentiable {
    private static final double END = 3;

    /** x min(max(x + 3, 0), 6) / 6. */
    public static Variable hardswish(Variable x) {
        return x.tape().apply(new Hardswish(), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(0);
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().eltwise().forward(EltwiseKernel.Function.HARDSWISH, 0, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        call.kernels().eltwise().backwardFromInput(EltwiseKernel.Function.HARDSWISH, 0, call.input(0), call.dy(), dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Variable x = call.input(0);
        Variable above = Gate.positive(Scale.scale(x, 1, -END));
        Variable inside = Gate.positive(Scale.scale(x, 1, END));
        Variable curved = Multiply.multiply(call.dy(), Scale.scale(Clamp.clamp(x, -END, END), 1 / END, 0.5));
        Variable within = Gate.whereNot(above, Gate.where(inside, curved));
        call.give(0, Add.add(Gate.where(above, call.dy()), within));
        above.release();
        inside.release();
    }
}
