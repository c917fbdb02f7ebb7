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
 * A layer of plain recurrent cells over a sequence. Steps come first, so that a step is one block of memory.
 *
 * <pre>
 * y     = (h_1, …, h_T), h_t = f(W x_t + b + U h_{t−1} + b'), f = tanh or ReLU
 * shape : x [T, B, I], h_0 [B, H], W [H, I], U [H, H], b, b' [H] (both may be absent) → y [T, B, H]
 * saves : y, U; W if x needs a gradient; x if W does; h_0 if U does
 * vjp   : a_t = f'(dy_t + Uᵀ a_{t+1}); dx_t += Wᵀ a_t; dW += Σ a_t x_tᵀ; dU += Σ a_t h_{t−1}ᵀ; db, db' += Σ a_t; dh_0 += Uᵀ a_1
 * </pre>
 *
 * f' is taken from y; that of ReLU at 0 is 0. Source: Elman 1990, "Finding Structure in Time".
 *
 * @param nonlinearity f
 */
public record Rnn(Nonlinearity nonlinearity) implements Op {

    /** What a cell does to its sum. */
    public enum Nonlinearity {
        /** Hyperbolic tangent. */
        TANH,
        /** x where x &gt; 0, 0 elsewhere. */
        RELU
    }

    /** The hidden states of all steps; {@code weights} are W, U and perhaps b, b'. */
    public static Variable rnn(Variable x, Variable h0, Nonlinearity nonlinearity, Variable... weights) {
        return x.tape().apply(new Rnn(nonlinearity), RecurrentInputs.join(weights, x, h0));
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        return RecurrentInputs.infer(name(), in, 1, 1);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none()
                .inputIf(operands.needs(2), 0)
                .inputIf(operands.needs(3), 1)
                .inputIf(operands.needs(0), 2)
                .input(3)
                .andOutput();
    }

    private Finish f() {
        return nonlinearity == Nonlinearity.TANH ? Finish.TANH : Finish.RELU;
    }

    @Override
    public void forward(ForwardCall call) {
        new Steps(RecurrentInputs.of(call, 1), f()).forward(call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        new Steps(RecurrentInputs.of(call, 1), f()).backward(call, call.output());
    }

    private static final class Steps extends Recurrence {
        private final Finish f;

        Steps(RecurrentInputs inputs, Finish f) {
            super(inputs, 1);
            this.f = f;
        }

        @Override
        boolean gateIsOutput() {
            return true;
        }

        @Override
        void step(MatrixStack gates, MatrixStack before, MatrixStack y) {
            hiddenShare(before, 0, 1, f, y, true);
        }

        @Override
        Reverse reverse(Piece piece, Tensor room, Tensor y) {
            return new Reverse(room) {
                @Override
                void step(long step, long at, MatrixStack dy, MatrixStack dh) {
                    MatrixStack gate = Steps.this.step(MatrixStack.of(gates), step);
                    kernels.recurrent().plainBackward(f, gate, rows(y, at, 1), dy, dh);
                }
            };
        }
    }
}
