package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.SignBits;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Passes elements where a bit is set, or where it is not; the others become zero. What the derivative of a rectifier or of
 * a choice does.
 *
 * <pre>
 * y     = x where bit = open, 0 elsewhere
 * shape : x [*], bits [*] of BIT → y [*]
 * saves : the bits
 * vjp   : dx += dy where bit = open
 * </pre>
 *
 * @param open the bit that lets an element pass
 */
public record Gate(boolean open) implements TwiceDifferentiable {

    /** x where the bit is set, 0 elsewhere. */
    public static Variable where(Variable bits, Variable x) {
        return x.tape().apply(new Gate(true), x, bits);
    }

    /** x where the bit is not set, 0 elsewhere. */
    public static Variable whereNot(Variable bits, Variable x) {
        return x.tape().apply(new Gate(false), x, bits);
    }

    /** Bits that are set where an element of x is positive, until they are released. No gradient goes through them. */
    public static Variable positive(Variable x) {
        Tensor bits = x.tape().scope().allocate(x.shape(), DType.BIT, MemoryKind.TEMPORARY);
        SignBits.pack(x.value(), bits);
        Variable constant = x.tape().constant(bits);
        bits.close();
        return constant;
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 2);
        Checks.dtype(name(), in.subList(0, 1));
        Checks.require(
                in.get(1).equals(new TensorSpec(in.get(0).shape(), DType.BIT)),
                name(),
                "bits " + in.get(1) + " are not one BIT for each element of x "
                        + in.get(0).shape());
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().input(1);
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        select(call.input(0), call.input(1), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        select(call.dy(), call.input(1), dx);
        call.give(0, dx);
    }

    private void select(Tensor from, Tensor bits, Tensor to) {
        SignBits.choose(open ? from : null, open ? null : from, bits, to);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, call.tape().apply(this, call.dy(), call.input(1)));
    }
}
