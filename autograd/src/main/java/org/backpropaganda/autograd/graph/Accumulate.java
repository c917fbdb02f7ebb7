package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * The sum of two gradients of one value, in a recorded backward.
 *
 * <pre>
 * y     = a + b
 * shape : a [*], b [*] → y [*]
 * saves : nothing
 * vjp   : da += dy; db += dy
 * </pre>
 */
record Accumulate() implements TwiceDifferentiable {

    @Override
    public TensorSpec infer(List<TensorSpec> inputs) {
        if (!inputs.get(0).equals(inputs.get(1))) {
            throw new ShapeException(name() + ": gradients " + inputs + " of one value differ");
        }
        return inputs.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public void forward(ForwardCall call) {
        call.kernels().binary().apply(BinaryKernel.Function.ADD, call.input(0), call.input(1), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        for (int i = 0; i < 2; i++) {
            if (call.needs(i)) {
                call.pass(i);
            }
        }
    }

    @Override
    public void gradient(GradientCall call) {
        for (int i = 0; i < 2; i++) {
            if (call.needs(i)) {
                call.give(i, call.dy());
            }
        }
    }
}
