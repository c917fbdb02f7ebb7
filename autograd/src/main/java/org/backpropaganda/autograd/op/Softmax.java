package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.SoftmaxKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Softmax along an axis: positive, and summing to 1. Computed relative to the largest x, so without overflow.
 *
 * <pre>
 * y     = exp(x) / Σ exp(x)
 * shape : x [*] → y [*], of rank 1 or more
 * saves : y
 * vjp   : dx += y (dy − Σ y dy)
 * </pre>
 *
 * @param axis that the sums run along, not negative
 */
public record Softmax(int axis) implements TwiceDifferentiable {

    /** Along the last axis. */
    public static Variable softmax(Variable x) {
        return softmax(x, -1);
    }

    /** Along an axis, which may count from the end. */
    public static Variable softmax(Variable x, int axis) {
        int resolved = Checks.named("softmax", () -> x.shape().axis(axis));
        return x.tape().apply(new Softmax(resolved), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        Shape shape = in.get(0).shape();
        Checks.require(axis >= 0 && axis < shape.rank(), name(), "axis " + axis + " is not one of " + shape);
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none().andOutput();
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().softmax().forward(SoftmaxKernel.Function.SOFTMAX, axis, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        call.kernels().softmax().backward(SoftmaxKernel.Function.SOFTMAX, axis, call.output(), call.dy(), dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Variable y = call.output();
        Variable weighted = Sum.sumKeepingAxes(Multiply.multiply(call.dy(), y), axis);
        call.give(0, Multiply.multiply(y, Subtract.subtract(call.dy(), weighted)));
    }
}
