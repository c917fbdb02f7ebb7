package org.backpropaganda.autograd.op;

import java.util.function.BiConsumer;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.MatmulKernel.Finish;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A recurrent layer over its steps, a piece of neighbouring steps at a time: what does not depend on the step before is one
 * product of matrices a piece. Backward walks the pieces in reverse and computes the gates of each again, in products over
 * the whole piece too, since all hidden states are known by then.
 */
abstract class Recurrence {
    /** Rows of a piece that keep the products of matrices busy. */
    private static final long ROWS = 1024;

    private static final long FEWEST_STEPS = 8;

    final RecurrentInputs inputs;
    final Kernels kernels;
    final long width;
    final long batch;
    private final long gates;

    /**
     * A recurrence of some tensors.
     *
     * @param gates how many numbers the products of matrices give for each that the cell says
     */
    Recurrence(RecurrentInputs inputs, long gates) {
        this.inputs = inputs;
        this.gates = gates;
        kernels = inputs.kernels();
        width = inputs.width();
        batch = inputs.batch();
    }

    /** How many pieces so many steps make. */
    static long pieces(long steps, long batch) {
        return (steps + pieceSteps(batch) - 1) / pieceSteps(batch);
    }

    private static long pieceSteps(long batch) {
        return Math.max(FEWEST_STEPS, (ROWS + batch - 1) / batch);
    }

    /** The steps {@code from} to {@code from + count}. */
    record Piece(long number, long from, long count) {}

    private Piece piece(long number) {
        long from = number * pieceSteps(batch);
        return new Piece(number, from, Math.min(pieceSteps(batch), inputs.steps() - from));
    }

    /** The rows of some steps of a dense tensor [T, B, H]. */
    final MatrixStack rows(Tensor tensor, long fromStep, long count) {
        return MatrixStack.matrix(tensor, fromStep * batch * width, count * batch, width);
    }

    /** The rows of one step of a matrix of several. */
    final MatrixStack step(MatrixStack matrix, long step) {
        return matrix.rows(step * batch, batch);
    }

    /** The hidden state before a step. */
    final MatrixStack before(Tensor y, long step) {
        return step == 0 ? rows(inputs.state(0), 0, 1) : rows(y, step - 1, 1);
    }

    /** x's shares of the gates of a piece. */
    private void inputShares(Piece piece, MatrixStack out) {
        long features = inputs.features();
        MatrixStack x = MatrixStack.matrix(inputs.x(), piece.from * batch * features, piece.count * batch, features);
        Tensor b = inputs.biasIh();
        MatrixStack bias = b == null ? null : MatrixStack.matrix(b, 0, 1, gates * width);
        kernels.matmul().affine(x, MatrixStack.of(inputs.weightIh()).transposed(), bias, Finish.NONE, out, false);
    }

    /** The hidden state's share of some gates: {@code out = f(h wᵀ + b)}, or {@code f(out + …)}. */
    final void hiddenShare(MatrixStack h, long fromGate, long count, Finish f, MatrixStack out, boolean accumulate) {
        MatrixStack w = MatrixStack.matrix(inputs.weightHh(), fromGate * width * width, count * width, width);
        Tensor b = inputs.biasHh();
        MatrixStack bias = b == null ? null : MatrixStack.matrix(b, fromGate * width, 1, count * width);
        kernels.matmul().affine(h, w.transposed(), bias, f, out, accumulate);
    }

    /** Where the gates of all steps stay for backward, [T, B, G·H], or null where it computes them again. */
    @Nullable
    Tensor keptGates() {
        return null;
    }

    /** The gates of a piece among those of all steps. */
    final MatrixStack gatesOf(Tensor all, Piece piece) {
        long columns = gates * width;
        return MatrixStack.matrix(all, piece.from * batch * columns, piece.count * batch, columns);
    }

    /** Whether the gate of a step is what the cell says, so that it needs no room of its own. */
    abstract boolean gateIsOutput();

    /**
     * Computes a step.
     *
     * @param gates x's shares of the gates; room from then on
     * @param before the hidden state before
     * @param y what the cell says
     */
    abstract void step(MatrixStack gates, MatrixStack before, MatrixStack y);

    /** Called when all steps of a piece are computed. */
    void ends(Piece piece) {}

    /** Computes all steps; y is [T, B, H], perhaps with more behind it. */
    final void forward(Tensor y) {
        long pieces = pieces(inputs.steps(), batch);
        for (long number = 0; number < pieces; number++) {
            Piece piece = piece(number);
            Tensor kept = keptGates();
            Tensor own = kept != null || gateIsOutput() ? null : inputs.room(piece.count * batch, gates * width);
            MatrixStack shares;
            if (kept != null) {
                shares = gatesOf(kept, piece);
            } else {
                shares = own == null ? rows(y, piece.from, piece.count) : MatrixStack.of(own);
            }
            inputShares(piece, shares);
            for (long step = 0; step < piece.count; step++) {
                long at = piece.from + step;
                step(step(shares, step), before(y, at), rows(y, at, 1));
            }
            if (own != null) {
                own.close();
            }
            ends(piece);
        }
    }

    /** A piece in reverse, with the room that it takes. */
    abstract static class Reverse implements AutoCloseable {
        /** Gates, then the gradients of x's shares of them, [R, G·H]. */
        final Tensor gates;

        Reverse(Tensor gates) {
            this.gates = gates;
        }

        /** The gradients of the hidden state's shares: the same tensor or another. */
        Tensor hidden() {
            return gates;
        }

        /** Whether something of {@code dh} goes straight to the step before. */
        boolean leavesStraight() {
            return false;
        }

        /**
         * A step in reverse.
         *
         * @param step counted from the start of the piece
         * @param at the number of the first element, from the start of all
         * @param dy gradient of what the cell says
         * @param dh gradient of the hidden state, from the step behind; then what goes straight to the step before
         */
        abstract void step(long step, long at, MatrixStack dy, MatrixStack dh);

        @Override
        public void close() {
            gates.close();
        }
    }

    /** Computes the gates of a piece again, if they are needed, in {@code room}. */
    abstract Reverse reverse(Piece piece, Tensor room, Tensor y);

    /** Puts x's shares of a piece into its room. */
    final void inputShares(Piece piece, Tensor room) {
        inputShares(piece, MatrixStack.of(room));
    }

    /** Walks over the hidden states before a piece's steps, with the rows of {@code matrix} that belong to the steps. */
    final void overBefore(Piece piece, Tensor y, Tensor matrix, BiConsumer<MatrixStack, MatrixStack> use) {
        MatrixStack all = MatrixStack.of(matrix);
        if (piece.from > 0) {
            use.accept(rows(y, piece.from - 1, piece.count), all);
            return;
        }
        use.accept(rows(inputs.state(0), 0, 1), step(all, 0));
        if (piece.count > 1) {
            use.accept(rows(y, 0, piece.count - 1), all.rows(batch, (piece.count - 1) * batch));
        }
    }

    /**
     * Adds the gradients of x, of the hidden state before the first step, of weights and biases.
     *
     * @param y [T, B, H], perhaps with more behind it
     */
    final void backward(BackwardCall call, Tensor y) {
        RecurrentGradients gradients = new RecurrentGradients(call, inputs);
        Tensor dh = inputs.room(batch, width).zero();
        for (long number = pieces(inputs.steps(), batch) - 1; number >= 0; number--) {
            Piece piece = piece(number);
            Tensor room = inputs.room(piece.count * batch, gates * width);
            try (Reverse reverse = reverse(piece, room, y)) {
                MatrixStack hidden = MatrixStack.of(reverse.hidden());
                for (long step = piece.count - 1; step >= 0; step--) {
                    long at = piece.from + step;
                    MatrixStack dhRows = MatrixStack.of(dh);
                    reverse.step(step, at, rows(call.dy(), at, 1), dhRows);
                    MatrixStack w = MatrixStack.of(inputs.weightHh());
                    kernels.matmul().affine(step(hidden, step), w, null, Finish.NONE, dhRows, reverse.leavesStraight());
                }
                gradients.ofInputShares(reverse.gates, piece.from * batch);
                if (gradients.needsHiddenWeight()) {
                    overBefore(piece, y, reverse.hidden(), (before, rows) -> gradients.ofHiddenWeight(rows, before));
                }
                gradients.ofHiddenBias(reverse.hidden());
            }
        }
        giveOrClose(call, 1, dh);
    }

    static void giveOrClose(BackwardCall call, int input, Tensor gradient) {
        if (call.needs(input)) {
            call.give(input, gradient);
        } else {
            gradient.close();
        }
    }
}
