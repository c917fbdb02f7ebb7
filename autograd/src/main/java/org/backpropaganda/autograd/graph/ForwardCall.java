package org.backpropaganda.autograd.graph;

import java.util.List;
import java.util.function.Consumer;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** What an op computes on in forward. */
public final class ForwardCall {
    private final TensorScope scope;
    private final List<Tensor> inputs;
    private final Tensor output;
    private final List<@Nullable Tensor> extras;

    ForwardCall(TensorScope scope, List<Tensor> inputs, Tensor output, List<@Nullable Tensor> extras) {
        this.scope = scope;
        this.inputs = inputs;
        this.output = output;
        this.extras = extras;
    }

    /** Runs a computation of an op; closing the engine waits for it. */
    void run(Consumer<ForwardCall> computation) {
        scope.engine().enter();
        try {
            computation.accept(this);
        } finally {
            scope.engine().leave();
        }
    }

    /** An input. Not to be modified. */
    public Tensor input(int number) {
        return inputs.get(number);
    }

    /** All inputs. Not to be modified. */
    public List<Tensor> inputs() {
        return inputs;
    }

    /** Where the result goes; its content is undefined. */
    public Tensor output() {
        return output;
    }

    /** A declared extra to fill, or null where nothing is recorded. */
    public @Nullable Tensor extra(int number) {
        return extras.get(number);
    }

    /** A declared extra that is wanted in any case. */
    public Tensor result(int number) {
        Tensor extra = extras.get(number);
        if (extra == null) {
            throw new IllegalStateException("extra " + number + " was not declared as a result");
        }
        return extra;
    }

    /** The kernels for the output's element type. */
    public Kernels kernels() {
        return Kernels.of(output);
    }

    TensorScope scope() {
        return scope;
    }

    /** A tensor to work in; the caller closes it. */
    public Tensor scratch(Shape shape, DType dtype) {
        return scope.allocate(shape, dtype, MemoryKind.SCRATCH);
    }

    /** Another view of a tensor; the caller closes it. */
    public Tensor view(Tensor tensor, Shape shape) {
        return scope.view(tensor, shape);
    }
}
