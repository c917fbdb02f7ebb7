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
 * Rectified linear unit.
 *
 * <pre>
 * y     = max(x, 0)
 * shape : x [*] → y [*]
 * saves : whether x &gt; 0, one bit an element
 * vjp   : dx += dy where x &gt; 0; the derivative at 0 is 0
 * </pre>
 *
 * @param inPlace whether y takes the bytes of x where nobody else holds them
 */
public record Relu(boolean inPlace) implements Elementwise {

    /** Into bytes of its own. */
    public Relu() {
        this(false);
    }

    /** max(x, 0). */
    public static Variable relu(Variable x) {
        return x.tape().apply(new Relu(), x);
    }

    /** max(x, 0) in the bytes of x, which is consumed; if somebody else holds them, into bytes of its own. */
    public static Variable reluInPlace(Variable x) {
        return x.tape().apply(new Relu(true), x);
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
        RectifierBits.forward(call, 0);
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        SignBits.select(call.dy(), call.extra(0), 0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, RectifierBits.gradient(call, 0));
    }
}
