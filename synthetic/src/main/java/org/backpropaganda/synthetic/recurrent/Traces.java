package org.backpropaganda.synthetic.recurrent;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.CopyKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.LinearPredictor;

/**
 * Eligibility traces of a linear predictor M(h) = W h + b, φ = (W, b):
 *
 * <pre>
 * e_t  = γλ J_t e_{t−1} + ∇_φ M(h_t)             J_t = ∂h_t/∂h_{t−1}; 0 where a sequence begins
 * ΔE   = −mean_B(δ_tᵀ e_t), its norm at most 1   what an optimizer takes for the gradient of φ
 * </pre>
 *
 * Source: Pemberton and Costa 2024, "BP(λ): Online Learning via Synthetic Gradients", Algorithm 1.
 */
final class Traces {
    /** More than this, and whoever asked had something smaller in mind. */
    static final long MOST_BYTES = 1L << 31;

    private static final double MOST_NORM = 1;

    private final StateLayout layout;
    private final Parameter weight;
    private final Parameter bias;
    private final Tensor traces;

    /** Traces of zeros, owned by a scope. */
    Traces(StateLayout layout, LinearPredictor predictor, TensorScope scope) {
        this.layout = layout;
        weight = Objects.requireNonNull(predictor.parameters().get("linear.weight"));
        bias = Objects.requireNonNull(predictor.parameters().get("linear.bias"));
        double bytes = layout.dtype().bytes(1) * (double) layout.batch() * layout.features() * parameters();
        if (bytes > MOST_BYTES) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "bp-lambda: the traces of %d examples, %d features of the state and %d numbers of the predictor are"
                            + " %.0f bytes, more than %d; take a smaller batch or a narrower layer",
                    layout.batch(),
                    layout.features(),
                    parameters(),
                    bytes,
                    MOST_BYTES));
        }
        traces = scope.zeros(
                Shape.of(layout.batch(), layout.features(), parameters()), layout.dtype(), MemoryKind.OPTIMIZER);
    }

    /** |φ|: D rows of W, then b. */
    private long parameters() {
        return layout.features() * (layout.features() + 1);
    }

    Tensor tensor() {
        return traces;
    }

    /**
     * Adds ∇M(h), so that the traces are e_t, and gives δ_tᵀ e_t to the gradients of φ.
     *
     * @param h [B, D], zero where the window begins a sequence
     * @param carried [B], zero there and one elsewhere
     * @param delta [B, D], in units of one position
     */
    void learn(Tensor h, Tensor carried, Tensor delta, Gradients gradients, TensorScope scope) {
        long features = layout.features();
        long row = parameters();
        addSlope(h, carried);
        long rows = layout.batch() * features;
        Tensor update = scope.allocate(Shape.of(1, row), layout.dtype());
        Kernels.of(traces)
                .matmul()
                .multiply(
                        MatrixStack.matrix(delta, 0, 1, rows),
                        MatrixStack.matrix(traces, 0, rows, row),
                        -1.0 / layout.batch(),
                        MatrixStack.of(update),
                        false);
        clip(update);
        give(update, gradients, scope);
    }

    /** ∂M_i/∂W_ij = h_j, ∂M_i/∂b_i = 1; of other rows of φ M_i knows nothing. */
    private void addSlope(Tensor h, Tensor carried) {
        long features = layout.features();
        long row = parameters();
        long[] examples = {features * row, 1};
        CopyKernel copy = Kernels.of(traces).copy();
        for (long i = 0; i < features; i++) {
            Shape ofWeights = Shape.of(layout.batch(), features);
            copy.copy(ofWeights, h, 0, new long[] {features, 1}, traces, i * (row + features), examples, true);
            Shape ofBias = Shape.of(layout.batch(), 1);
            long at = i * (row + 1) + features * features;
            copy.copy(ofBias, carried, 0, new long[] {1, 1}, traces, at, examples, true);
        }
        traces.written("traces");
    }

    private static void clip(Tensor update) {
        double squares = 0;
        for (double value : update.toDoubles()) {
            squares += value * value;
        }
        double norm = Math.sqrt(squares);
        if (norm > MOST_NORM) {
            WindowBackward.scale(update, MOST_NORM / norm, update);
        }
    }

    private void give(Tensor update, Gradients gradients, TensorScope scope) {
        long square = layout.features() * layout.features();
        try (Tape tape = Tape.builder(scope).gradients(gradients).build()) {
            Variable w = Scale.scale(tape.parameter(weight), 1);
            Variable b = Scale.scale(tape.parameter(bias), 1);
            if (w.requiresGradient() && b.requiresGradient()) {
                tape.backward(
                        List.of(w, b),
                        List.of(part(update, 0, w.shape(), scope), part(update, square, b.shape(), scope)));
            }
        }
    }

    private static Tensor part(Tensor update, long from, Shape shape, TensorScope scope) {
        Tensor part = scope.allocate(shape, update.dtype());
        long[] dense = {1};
        Kernels.of(update).copy().copy(Shape.of(shape.elements()), update, from, dense, part, 0, dense, false);
        return part;
    }

    /**
     * Carries the traces over a window: γλ J e.
     *
     * @param jacobian of the window [B, D, D]
     */
    void carry(Tensor jacobian, double factor, TensorScope scope) {
        long features = layout.features();
        long row = parameters();
        long size = features * row;
        Tensor product = scope.allocate(Shape.of(features, row), layout.dtype());
        Kernels kernels = Kernels.of(traces);
        long[] dense = {1};
        for (long b = 0; b < layout.batch(); b++) {
            kernels.matmul()
                    .multiply(
                            MatrixStack.matrix(jacobian, b * features * features, features, features),
                            MatrixStack.matrix(traces, b * size, features, row),
                            factor,
                            MatrixStack.of(product),
                            false);
            kernels.copy().copy(Shape.of(size), product, 0, dense, traces, b * size, dense, false);
        }
        product.close();
        traces.written("traces");
    }
}
