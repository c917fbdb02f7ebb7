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
 * Logarithm of the softmax along an axis; finite also where the softmax underflows.
 *
 * <pre>
 * y     = x − log Σ exp(x)
 * shape : x [*] → y [*], of rank 1 or more
 * saves : y
 * vjp   : dx += dy − exp(y) Σ dy
 * </pre>
 *
 * @param axis that the sums run along, not negative
 */
public record LogSoftmax(int axis) implements TwiceDifferentiable {

    /** Along the last axis. */
    public static Variable logSoftmax(Variable x) {
        return logSoftmax(x, -1);
    }

    /** Along an axis, which may count from the end. */
    public static Variable logSoftmax(Variable x, int axis) {
        int resolved = Checks.named("logSoftmax", () -> x.shape().axis(axis));
        return x.tape().apply(new LogSoftmax(resolved), x);
    }

    @Override
    public String name() {
        return "logSoftmax";
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
        call.kernels().softmax().forward(SoftmaxKernel.Function.LOG_SOFTMAX, axis, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        call.kernels().softmax().backward(SoftmaxKernel.Function.LOG_SOFTMAX, axis, call.output(), call.dy(), dx);
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Variable sum = Sum.sumKeepingAxes(call.dy(), axis);
        call.give(0, Subtract.subtract(call.dy(), Multiply.multiply(Exp.exp(call.output()), sum)));
    }
}
