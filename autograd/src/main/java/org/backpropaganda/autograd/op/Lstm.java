package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.MatmulKernel.Finish;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * A layer of long short-term memory over a sequence. Steps come first, so that a step is one block of memory.
 *
 * <pre>
 * y     = (h_1, …, h_T), h_t = o tanh(c_t), c_t = f c_{t−1} + i g, where i, f, o = σ(a), g = tanh(a) of the quarters of
 *         a = W x_t + b + U h_{t−1} + b'
 * shape : x [T, B, I], h_0 and c_0 [B, H], W [4H, I], U [4H, H], b, b' [4H] (both may be absent) → y [T, B, H],
 *         or [T + 1, B, H] with c_T behind y
 * saves : x, h_0, c_0, y, W, U, b, b', c_t after every max(8, ⌈1024 / B⌉) steps but the last, c_T unless it stands in y
 * vjp   : of each step in reverse, its gates computed again from x and y; d. of the weights summed over the steps
 * </pre>
 *
 * No gate is kept: backward computes those of some steps at a time by products of matrices over all of them, which costs
 * as much as the products of a forward. Gates are in the order i, f, g, o. Source: Hochreiter and Schmidhuber 1997, "Long
 * Short-Term Memory", § 4; forget gate: Gers et al. 2000, "Learning to Forget", § 3.
 *
 * @param withState whether c_T is part of the output, so that gradients flow through it
 */
public record Lstm(boolean withState) implements Op {
    private static final int GATES = 4;
    private static final int STATES = 2;
    private static final int CELL = 1;
    private static final int CELL_INPUT = 2;

    /**
     * What a layer says and remembers.
     *
     * @param y hidden states of all steps [T, B, H]
     * @param c state after the last [B, H]
     */
    public record Result(Variable y, Variable c) {}

    /**
     * Hidden states, and the last state, through which gradients flow; {@code weights} are W, U and perhaps b, b'. That
     * costs a copy of y.
     */
    public static Result lstm(Variable x, Variable h0, Variable c0, Variable... weights) {
        Variable both = x.tape().apply(new Lstm(true), RecurrentInputs.join(weights, x, h0, c0));
        long steps = x.shape().dim(0);
        Variable y = Slice.slice(both, 0, 0, steps);
        Variable c = Slice.slice(both, 0, steps, 1);
        both.release();
        return new Result(y, Reshape.reshape(c, c0.shape().toArray()));
    }

    /** The same with a last state that is a constant. */
    public static Result lstmWithConstantState(Variable x, Variable h0, Variable c0, Variable... weights) {
        Tape.Applied applied = x.tape().applyWithResults(new Lstm(false), RecurrentInputs.join(weights, x, h0, c0));
        return new Result(applied.output(), x.tape().constant(applied.results().get(0)));
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        TensorSpec y = RecurrentInputs.infer(name(), in, STATES, GATES);
        Shape shape = y.shape();
        return withState ? y.with(shape.with(0, shape.dim(0) + 1)) : y;
    }

    @Override
    public Saves saves(Operands operands) {
        Saves saves = RecurrentInputs.allSaved(operands).andOutput();
        Shape x = operands.spec(0).shape();
        TensorSpec state = operands.spec(CELL_INPUT);
        long between = Recurrence.pieces(x.dim(0), x.dim(1)) - 1;
        if (between > 0) {
            Shape h = state.shape();
            saves = saves.extra("states between", state.with(Shape.of(between, h.dim(0), h.dim(1))));
        }
        return withState ? saves : saves.result("last state", state);
    }

    private static boolean inPieces(RecurrentInputs inputs) {
        return Recurrence.pieces(inputs.steps(), inputs.batch()) > 1;
    }

    @Override
    public void forward(ForwardCall call) {
        RecurrentInputs inputs = RecurrentInputs.of(call, STATES);
        boolean inPieces = inPieces(inputs);
        Tensor holder = withState ? call.output() : call.result(inPieces ? 1 : 0);
        long at = withState ? inputs.steps() * inputs.batch() * inputs.width() : 0;
        MatrixStack state = MatrixStack.matrix(holder, at, inputs.batch(), inputs.width());
        Steps steps = new Steps(inputs, state, inPieces ? call.extra(0) : null);
        steps.copy(steps.rows(inputs.state(CELL), 0, 1), state);
        steps.forward(call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        RecurrentInputs inputs = RecurrentInputs.of(call, STATES);
        Tensor dc = inputs.room(inputs.batch(), inputs.width());
        MatrixStack dcRows = MatrixStack.of(dc);
        Steps steps = new Steps(inputs, dcRows, inPieces(inputs) ? call.extra(0) : null);
        if (withState) {
            steps.copy(steps.rows(call.dy(), inputs.steps(), 1), dcRows);
        } else {
            dc.zero();
        }
        steps.backward(call, call.output());
        Recurrence.giveOrClose(call, CELL_INPUT, dc);
    }

    private static final class Steps extends Recurrence {
        /** c in forward, its gradient in backward. */
        private final MatrixStack state;

        private final @Nullable Tensor between;

        Steps(RecurrentInputs inputs, MatrixStack state, @Nullable Tensor between) {
            super(inputs, GATES);
            this.state = state;
            this.between = between;
        }

        private void copy(MatrixStack from, MatrixStack to) {
            Shape shape = Shape.of(batch * width);
            long[] strides = {1};
            kernels.copy().copy(shape, from.tensor(), from.offset(), strides, to.tensor(), to.offset(), strides, false);
        }

        @Override
        boolean gateIsOutput() {
            return false;
        }

        private void gates(MatrixStack before, MatrixStack gates) {
            hiddenShare(before, 0, 2, Finish.SIGMOID, gates.columns(0, 2 * width), true);
            hiddenShare(before, 2, 1, Finish.TANH, gates.columns(2 * width, width), true);
            hiddenShare(before, 3, 1, Finish.SIGMOID, gates.columns(3 * width, width), true);
        }

        @Override
        void step(MatrixStack gates, MatrixStack before, MatrixStack y) {
            gates(before, gates);
            kernels.recurrent().lstmState(gates, state, state);
            kernels.recurrent().lstmOutput(gates, state, y);
        }

        @Override
        void ends(Piece piece) {
            if (between != null && piece.number() < between.shape().dim(0)) {
                copy(state, rows(between, piece.number(), 1));
            }
        }

        private MatrixStack stateBefore(Piece piece) {
            return piece.number() == 0 || between == null
                    ? rows(inputs.state(CELL), 0, 1)
                    : rows(between, piece.number() - 1, 1);
        }

        @Override
        Reverse reverse(Piece piece, Tensor room, Tensor y) {
            inputShares(piece, room);
            overBefore(piece, y, room, this::gates);
            Tensor states = inputs.room((piece.count() + 1) * batch, width);
            MatrixStack all = MatrixStack.of(states);
            copy(stateBefore(piece), all);
            for (long step = 0; step < piece.count(); step++) {
                kernels.recurrent().lstmState(step(MatrixStack.of(room), step), step(all, step), step(all, step + 1));
            }
            Tensor squashed = inputs.room((piece.count() + 1) * batch, width);
            kernels.eltwise().forward(EltwiseKernel.Function.TANH, 0, states, squashed);
            return new ReverseLstm(room, states, squashed);
        }

        private final class ReverseLstm extends Reverse {
            private final Tensor states;
            private final Tensor squashed;

            ReverseLstm(Tensor gates, Tensor states, Tensor squashed) {
                super(gates);
                this.states = states;
                this.squashed = squashed;
            }

            @Override
            void step(long step, long at, MatrixStack dy, MatrixStack dh) {
                kernels.recurrent()
                        .lstmBackward(
                                Steps.this.step(MatrixStack.of(gates), step),
                                Steps.this.step(MatrixStack.of(states), step),
                                Steps.this.step(MatrixStack.of(squashed), step + 1),
                                dy,
                                dh,
                                state);
            }

            @Override
            public void close() {
                super.close();
                states.close();
                squashed.close();
            }
        }
    }
}
