package org.backpropaganda.synthetic.recurrent;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * The backward passes of one window.
 *
 * @param scope owns what they compute
 * @param tape of the window
 * @param gradients of the tape
 */
record WindowBackward(
        TensorScope scope,
        StateLayout layout,
        Tape tape,
        Gradients gradients,
        List<Variable> entries,
        List<Variable> exits) {

    /** {@code J[b, i, j] = ∂exit_i/∂entry_j} of each example: [B, D, D], one pass for each i. */
    Tensor jacobian() {
        long features = layout.features();
        long batch = layout.batch();
        Tensor jacobian = scope.allocate(Shape.of(batch, features, features), layout.dtype());
        Tensor one = scope.allocate(Shape.of(1), layout.dtype()).fill(1);
        for (long i = 0; i < features; i++) {
            try (TensorScope pass = scope.child()) {
                Tensor unit = layout.rows(pass).zero();
                Kernels.of(unit)
                        .copy()
                        .copy(Shape.of(batch), one, 0, new long[] {0}, unit, i, new long[] {features}, false);
                List<Tensor> states = layout.scatter(unit, layout.states(pass, MemoryKind.TEMPORARY));
                tape.backwardRetaining(exits, states);
                layout.gather(entryGradients(pass), jacobian, i * features, features * features);
                forget();
            }
        }
        one.close();
        return jacobian;
    }

    /** {@code Jᵀ v} of each example: [B, D]. */
    Tensor transposedJacobianTimes(Tensor rows) {
        Tensor product = layout.rows(scope);
        try (TensorScope pass = scope.child()) {
            tape.backwardRetaining(exits, layout.scatter(rows, layout.states(pass, MemoryKind.TEMPORARY)));
            layout.gather(entryGradients(pass), product);
            forget();
        }
        return product;
    }

    /**
     * Drains the tape into the parameters' gradients, and returns what arrived at the entry: [B, D].
     *
     * @param injected gradient of the exit [B, D], or none
     */
    Tensor drain(Variable loss, @Nullable Tensor injected) {
        List<Variable> outputs = new ArrayList<>();
        List<Tensor> given = new ArrayList<>();
        if (loss.requiresGradient()) {
            outputs.add(loss);
            given.add(scope.allocate(loss.shape(), loss.dtype()).fill(1));
        }
        if (injected != null) {
            outputs.addAll(exits);
            given.addAll(layout.scatter(injected, layout.states(scope, MemoryKind.TEMPORARY)));
        }
        if (!outputs.isEmpty()) {
            tape.backward(outputs, given);
        }
        return layout.gather(entryGradients(scope), layout.rows(scope));
    }

    private List<Tensor> entryGradients(TensorScope owner) {
        List<Tensor> found = new ArrayList<>();
        for (Variable entry : entries) {
            Tensor gradient = tape.gradient(entry);
            found.add(gradient != null ? gradient : owner.zeros(entry.shape(), entry.dtype(), MemoryKind.TEMPORARY));
        }
        return found;
    }

    /** Lets go of what a pass that is no part of the step's gradient added up. */
    private void forget() {
        gradients.clear();
        for (Variable entry : entries) {
            Tensor gradient = tape.gradient(entry);
            if (gradient != null) {
                gradient.zero();
            }
        }
    }

    /** {@code a + factor b}, in a. */
    static Tensor add(Tensor a, double factor, Tensor b) {
        try (TensorScope scope = a.engine().scope("")) {
            Tensor scaled = scope.allocate(b.shape(), b.dtype());
            scale(b, factor, scaled);
            Kernels.of(a).binary().apply(BinaryKernel.Function.ADD, a, scaled, a);
        }
        return a;
    }

    static Tensor scale(Tensor from, double factor, Tensor to) {
        Kernels.of(from).eltwise().forward(EltwiseKernel.Function.SCALE, factor, from, to);
        return to;
    }
}
