package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;

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
public record Hardswish() implements KernelFunction {
    private static final double END = 3;

    /** x min(max(x + 3, 0), 6) / 6. */
    public static Variable hardswish(Variable x) {
        return x.tape().apply(new Hardswish(), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.INPUT;
    }

    @Override
    public EltwiseKernel.Function function() {
        return EltwiseKernel.Function.HARDSWISH;
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
