package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.MatmulKernel.Finish;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * A layer of gated recurrent units over a sequence. Steps come first, so that a step is one block of memory.
 *
 * <pre>
 * y     = (h_1, …, h_T), h_t = (1 − z) n + z h_{t−1}, where a = W x_t + b, c = U h_{t−1} + b', each in thirds, and
 *         r = σ(a_r + c_r), z = σ(a_z + c_z), n = tanh(a_n + r c_n)
 * shape : x [T, B, I], h_0 [B, H], W [3H, I], U [3H, H], b, b' [3H] (both may be absent) → y [T, B, H]
 * saves : x, h_0, y, W, U, b, b'
 * vjp   : of each step in reverse, its gates computed again from x and y; d. of the weights summed over the steps
 * </pre>
 *
 * No gate is kept: backward computes those of some steps at a time by products of matrices over all of them, which costs
 * as much as the products of a forward. Gates are in the order r, z, n. Source: Cho et al. 2014, "Learning Phrase
 * Representations using RNN Encoder–Decoder", § 2.3. Departure: r weights the product U h, as in PyTorch and cuDNN, not h.
 */
public record Gru() implements Op {
    private static final int GATES = 3;

    /** The hidden states of all steps; {@code weights} are W, U and perhaps b, b'. */
    public static Variable gru(Variable x, Variable h0, Variable... weights) {
        return x.tape().apply(new Gru(), RecurrentInputs.join(weights, x, h0));
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return RecurrentInputs.infer(name(), in, 1, GATES);
    }

    @Override
    public Saves saves(Operands operands) {
        return RecurrentInputs.allSaved(operands).andOutput();
    }

    @Override
    public void forward(ForwardCall call) {
        new Steps(RecurrentInputs.of(call, 1)).forward(call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        new Steps(RecurrentInputs.of(call, 1)).backward(call, call.output());
    }

    private static final class Steps extends Recurrence {
        Steps(RecurrentInputs inputs) {
            super(inputs, GATES);
        }

        @Override
        boolean gateIsOutput() {
            return false;
        }

        @Override
        void step(MatrixStack gates, MatrixStack before, MatrixStack y) {
            Tensor room = inputs.room(batch, width);
            MatrixStack share = MatrixStack.of(room);
            hiddenShare(before, 0, 2, Finish.SIGMOID, gates.columns(0, 2 * width), true);
            hiddenShare(before, 2, 1, Finish.NONE, share, false);
            kernels.recurrent().gruCandidate(gates, share, y);
            kernels.recurrent().gruOutput(gates, before, y);
            room.close();
        }

        @Override
        Reverse reverse(Piece piece, Tensor room, Tensor y) {
            inputShares(piece, room);
            Tensor hidden = inputs.room(piece.count() * batch, GATES * width);
            Tensor n = inputs.room(piece.count() * batch, width);
            MatrixStack share = MatrixStack.of(hidden).columns(2 * width, width);
            overBefore(
                    piece,
                    y,
                    room,
                    (before, rows) -> hiddenShare(before, 0, 2, Finish.SIGMOID, rows.columns(0, 2 * width), true));
            overBefore(
                    piece,
                    y,
                    hidden,
                    (before, rows) -> hiddenShare(before, 2, 1, Finish.NONE, rows.columns(2 * width, width), false));
            kernels.recurrent().gruCandidate(MatrixStack.of(room), share, MatrixStack.of(n));
            return new ReverseGru(room, y, hidden, n);
        }

        private final class ReverseGru extends Reverse {
            private final Tensor y;
            private final Tensor hidden;
            private final Tensor n;

            ReverseGru(Tensor gates, Tensor y, Tensor hidden, Tensor n) {
                super(gates);
                this.y = y;
                this.hidden = hidden;
                this.n = n;
            }

            @Override
            Tensor hidden() {
                return hidden;
            }

            @Override
            boolean leavesStraight() {
                return true;
            }

            @Override
            void step(long step, long at, MatrixStack dy, MatrixStack dh) {
                kernels.recurrent()
                        .gruBackward(
                                Steps.this.step(MatrixStack.of(gates), step),
                                Steps.this.step(MatrixStack.of(hidden), step),
                                Steps.this.step(MatrixStack.of(n), step),
                                before(y, at),
                                dy,
                                dh);
            }

            @Override
            public void close() {
                super.close();
                hidden.close();
                n.close();
            }
        }
    }
}
