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
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Elements of one tensor where a condition holds, of another elsewhere. What is not chosen leaves no trace, not even if
 * it is infinite or NaN.
 *
 * <pre>
 * y     = a where condition &gt; 0, b elsewhere
 * shape : condition [*] of INT, a and b that broadcast to its shape → y [*]
 * saves : the condition, one bit an element
 * vjp   : da += dy where condition &gt; 0, db += dy elsewhere, summed over broadcast axes
 * </pre>
 */
public record Where() implements TwiceDifferentiable {

    /** a where the condition, of elements below 2³⁰, is positive; b elsewhere. */
    public static Variable where(Variable condition, Variable a, Variable b) {
        return a.tape().apply(new Where(), condition, a, b);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 3);
        DType dtype = Checks.dtype(name(), in.subList(1, 3));
        TensorSpec condition = in.get(0);
        Checks.require(condition.dtype() == DType.INT, name(), "condition " + condition + " must be INT");
        for (TensorSpec choice : in.subList(1, 3)) {
            Shape both = Checks.named(name(), () -> Shape.broadcast(choice.shape(), condition.shape()));
            Checks.require(
                    both.equals(condition.shape()),
                    name(),
                    choice + " does not broadcast to the shape of the condition, " + condition.shape());
        }
        return new TensorSpec(condition.shape(), dtype);
    }

    @Override
    public Saves saves(Operands operands) {
        return Choice.saves(operands.spec(0).shape());
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor kept = call.extra(0);
        Tensor bits = kept != null ? kept : call.scratch(call.output().shape(), DType.BIT);
        SignBits.pack(call.input(0), bits);
        Tensor a = expanded(call, 1);
        Tensor b = expanded(call, 2);
        SignBits.choose(a, b, bits, call.output());
        for (Tensor scratch : List.of(a, b, bits)) {
            if (scratch != kept && !call.inputs().contains(scratch)) {
                scratch.close();
            }
        }
    }

    /** An input, or a copy of it in the shape of the output. */
    private static Tensor expanded(ForwardCall call, int number) {
        Tensor input = call.input(number);
        Shape shape = call.output().shape();
        if (input.shape().equals(shape)) {
            return input;
        }
        Shape aligned = input.shape().padded(shape.rank());
        long[] from = aligned.strides();
        for (int axis = 0; axis < from.length; axis++) {
            from[axis] = aligned.dim(axis) == 1 ? 0 : from[axis];
        }
        Tensor copy = call.scratch(shape, input.dtype());
        call.kernels().copy().copy(shape, input, 0, from, copy, 0, shape.strides(), false);
        return copy;
    }

    @Override
    public void vjp(BackwardCall call) {
        Choice.vjp(call, 2, 1);
    }

    @Override
    public void gradient(GradientCall call) {
        Choice.gradient(call, 2, 1);
    }
}
