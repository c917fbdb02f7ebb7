package org.backpropaganda.autograd.graph;

import java.util.List;
import java.util.function.Consumer;
import org.backpropaganda.autograd.tensor.NoValuesException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Runs ops on tensors without values, for the bytes that they would hold: they allocate as ever, and kernels take their
 * scratch and compute nothing. An op that goes on to read values is left there; what it would have allocated behind is not
 * seen, but for its gradients.
 */
final class WithoutValues {
    private WithoutValues() {}

    static void forward(
            Consumer<ForwardCall> computation,
            TensorScope scope,
            List<Tensor> inputs,
            Tensor output,
            List<@Nullable Tensor> extras) {
        try (TensorScope own = scope.child()) {
            computation.accept(new ForwardCall(own, inputs, output, extras));
        } catch (NoValuesException e) {
            // The output stands, and the scope has freed all else.
        }
    }

    /**
     * Runs the backward of an op.
     *
     * @param own the scope of the call. Closed if the op was left; otherwise it ends when that of a call with values would
     */
    static void vjp(Op op, BackwardCall call, TensorScope own) {
        try {
            op.vjp(call);
        } catch (NoValuesException e) {
            own.close();
            call.giveRest();
        }
    }
}
