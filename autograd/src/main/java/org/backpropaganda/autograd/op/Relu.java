package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Rectified linear unit.
 *
 * <pre>
 * y     = max(x, 0)
 * shape : x [*] → y [*]
 * saves : whether x &gt; 0, one bit an element
 * vjp   : dx += dy where x &gt; 0; the derivative at 0 is 0
 * </pre>
 */
public record Relu() implements Op {

    /** max(x, 0). */
    public static Variable relu(Variable x) {
        return x.tape().apply(new Relu(), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return RectifierBits.saves(operands);
    }

    @Override
    public void forward(ForwardCall call) {
        RectifierBits.forward(call, 0);
    }

    @Override
    public void vjp(BackwardCall call) {
        RectifierBits.vjp(call, 0);
    }
}
