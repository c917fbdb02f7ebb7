package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.SignBits;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Leaky rectified linear unit.
 *
 * <pre>
 * y     = x where x &gt; 0, slope · x elsewhere
 * shape : x [*] → y [*]
 * saves : whether x &gt; 0, one bit an element
 * vjp   : dx += dy where x &gt; 0, slope · dy elsewhere; the derivative at 0 is the slope
 * </pre>
 *
 * @param slope for negative x
 * @param inPlace whether y takes the bytes of x where nobody else holds them
 */
public record LeakyRelu(double slope, boolean inPlace) implements Elementwise {

    /** Into bytes of its own. */
    public LeakyRelu(double slope) {
        this(slope, false);
    }

    /** x where positive, slope · x elsewhere. */
    public static Variable leakyRelu(Variable x, double slope) {
        return x.tape().apply(new LeakyRelu(slope), x);
    }

    /** x where positive, slope · x elsewhere, in the bytes of x, which is consumed; if somebody else holds them, into bytes of its own. */
    public static Variable leakyReluInPlace(Variable x, double slope) {
        return x.tape().apply(new LeakyRelu(slope, true), x);
    }

    @Override
    public Saves saves(Operands operands) {
        return RectifierBits.saves(operands);
    }

    @Override
    public int overwrites() {
        return inPlace ? 0 : -1;
    }

    @Override
    public void forward(ForwardCall call) {
        RectifierBits.forward(call, slope);
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        SignBits.select(call.dy(), call.extra(0), slope, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, RectifierBits.gradient(call, slope));
    }
}
