package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.kernel.MatmulKernel.Finish;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Where the gradients of x and of the weights of a recurrent op go, a piece of steps at a time. */
final class RecurrentGradients {
    private final BackwardCall call;
    private final RecurrentInputs inputs;
    private final BackwardCall.@Nullable Target dx;
    private final @Nullable Sum weightIh;
    private final @Nullable Sum weightHh;
    private final @Nullable Sum biasIh;
    private final @Nullable Sum biasHh;

    RecurrentGradients(BackwardCall call, RecurrentInputs inputs) {
        this.call = call;
        this.inputs = inputs;
        dx = call.needs(0) ? call.target(0) : null;
        weightIh = sum(inputs.weightIhIndex());
        weightHh = sum(inputs.weightHhIndex());
        biasIh = inputs.hasBiases() ? sum(inputs.biasIhIndex()) : null;
        biasHh = inputs.hasBiases() ? sum(inputs.biasHhIndex()) : null;
    }

    private @Nullable Sum sum(int input) {
        return call.needs(input) ? new Sum(call.target(input)) : null;
    }

    /** A gradient that several products are added to; the first may overwrite. */
    private static final class Sum {
        private final Tensor tensor;
        private boolean accumulate;

        Sum(BackwardCall.Target target) {
            tensor = target.tensor();
            accumulate = target.accumulate();
        }

        boolean accumulates() {
            boolean now = accumulate;
            accumulate = true;
            return now;
        }
    }

    /**
     * The gradients that x's shares of the gates tell.
     *
     * @param gates gradients of these shares [R, G·H]
     * @param fromRow the first of the R rows of x
     */
    void ofInputShares(Tensor gates, long fromRow) {
        MatrixStack rows = MatrixStack.of(gates);
        long features = inputs.features();
        if (dx != null) {
            MatrixStack to = MatrixStack.matrix(dx.tensor(), fromRow * features, rows.rows(), features);
            product(rows, MatrixStack.of(inputs.weightIh()), to, dx.accumulate());
        }
        if (weightIh != null) {
            MatrixStack x = MatrixStack.matrix(inputs.x(), fromRow * features, rows.rows(), features);
            product(rows.transposed(), x, MatrixStack.of(weightIh.tensor), weightIh.accumulates());
        }
        ofBias(gates, biasIh);
    }

    /** The gradient of the hidden state's weight that some rows tell: of its shares, and hidden states before them. */
    void ofHiddenWeight(MatrixStack rows, MatrixStack before) {
        if (weightHh != null) {
            product(rows.transposed(), before, MatrixStack.of(weightHh.tensor), weightHh.accumulates());
        }
    }

    boolean needsHiddenWeight() {
        return weightHh != null;
    }

    /** The gradient of the hidden state's bias that gradients of its shares tell. */
    void ofHiddenBias(Tensor shares) {
        ofBias(shares, biasHh);
    }

    private void ofBias(Tensor shares, @Nullable Sum bias) {
        if (bias == null) {
            return;
        }
        Tensor row = call.view(bias.tensor, Shape.of(1, shares.shape().dim(1)));
        call.kernels().reduction().sum(shares, row, bias.accumulates());
        row.close();
    }

    private void product(MatrixStack a, MatrixStack b, MatrixStack out, boolean accumulate) {
        call.kernels().matmul().affine(a, b, null, Finish.NONE, out, accumulate);
    }
}
