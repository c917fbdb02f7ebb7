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
 * saves : x, h_0, c_0, y, W, U, c_t after every max(8, ⌈1024 / B⌉) steps but the last, c_T unless it stands in y;
 *         b, b', or in their place the gates [T, B, 4H], and then W only if x needs a gradient, x if W does, h_0 if U does
 * vjp   : of each step in reverse, its gates computed again from x and y; d. of the weights summed over the steps
 * </pre>
 *
 * Unless gates are kept, backward computes those of some steps at a time by products of matrices over all of them, which costs
 * as much as the products of a forward. Gates are in the order i, f, g, o. Source: Hochreiter and Schmidhuber 1997, "Long
 * Short-Term Memory", § 4; forget gate: Gers et al. 2000, "Learning to Forget", § 3.
 *
 * @param withState whether c_T is part of the output, so that gradients flow through it
 * @param keepsGates whether the gates stay for backward: 4H numbers a step and sequence, for a third of the products of
 *     matrices
 */
public record Lstm(boolean withState, boolean keepsGates) implements Op {
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

    /** Without keeping gates. */
    public Lstm(boolean withState) {
        this(withState, false);
    }

    /**
     * Hidden states, and the last state, through which gradients flow; {@code weights} are W, U and perhaps b, b'. That
     * costs a copy of y.
     */
    public static Result lstm(Variable x, Variable h0, Variable c0, Variable... weights) {
        return new Lstm(true).on(x, h0, c0, weights);
    }

    /** Hidden states, and the last state as a constant; {@code weights} are W, U and perhaps b, b'. */
    public static Result lstmWithConstantState(Variable x, Variable h0, Variable c0, Variable... weights) {
        return new Lstm(false).on(x, h0, c0, weights);
    }

    /** This op of inputs, states and weights. */
    public Result on(Variable x, Variable h0, Variable c0, Variable... weights) {
        Variable[] all = RecurrentInputs.join(weights, x, h0, c0);
        if (!withState) {
            Tape.Applied applied = x.tape().applyWithResults(this, all);
            return new Result(
                    applied.output(), x.tape().constant(applied.results().get(0)));
        }
        Variable both = x.tape().apply(this, all);
        long steps = x.shape().dim(0);
        Variable y = Slice.slice(both, 0, 0, steps);
        Variable c = Slice.slice(both, 0, steps, 1);
        both.release();
        return new Result(y, Reshape.reshape(c, c0.shape().toArray()));
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        TensorSpec y = RecurrentInputs.infer(name(), in, STATES, GATES);
        Shape shape = y.shape();
        return withState ? y.with(shape.with(0, shape.dim(0) + 1)) : y;
    }

    @Override
    public Saves saves(Operands operands) {
        Saves inputs = keepsGates ? savedBesideGates(operands) : RecurrentInputs.allSaved(operands);
        Saves saves = inputs.andOutput();
        Shape x = operands.spec(0).shape();
        TensorSpec state = operands.spec(CELL_INPUT);
        long between = Recurrence.pieces(x.dim(0), x.dim(1)) - 1;
        if (between > 0) {
            Shape h = state.shape();
            saves = saves.extra("states between", state.with(Shape.of(between, h.dim(0), h.dim(1))));
        }
        if (!withState) {
            saves = saves.result("last state", state);
        }
        return keepsGates
                ? saves.extra(
                        "gates",
                        state.with(Shape.of(
                                x.dim(0), x.dim(1), GATES * state.shape().dim(1))))
                : saves;
    }

    private static Saves savedBesideGates(Operands operands) {
        return Saves.none()
                .inputIf(operands.needs(3), 0)
                .inputIf(operands.needs(4), 1)
                .input(CELL_INPUT)
                .inputIf(operands.needs(0), 3)
                .input(4);
    }

    private static boolean inPieces(RecurrentInputs inputs) {
        return Recurrence.pieces(inputs.steps(), inputs.batch()) > 1;
    }

    /** The gates' number among the extras. */
    private int gatesNumber(boolean inPieces) {
        return (inPieces ? 1 : 0) + (withState ? 0 : 1);
    }

    @Override
    public long multiplyAdds(Operands inputs, TensorSpec output) {
        return RecurrentInputs.multiplyAdds(inputs, 2);
    }

    @Override
    public void forward(ForwardCall call) {
        RecurrentInputs inputs = RecurrentInputs.of(call, STATES);
        boolean inPieces = inPieces(inputs);
        Tensor holder = withState ? call.output() : call.result(inPieces ? 1 : 0);
        long at = withState ? inputs.steps() * inputs.batch() * inputs.width() : 0;
        MatrixStack state = MatrixStack.matrix(holder, at, inputs.batch(), inputs.width());
        Tensor gates = keepsGates ? call.extra(gatesNumber(inPieces)) : null;
        Steps steps = new Steps(inputs, state, inPieces ? call.extra(0) : null, gates);
        steps.copy(steps.rows(inputs.state(CELL), 0, 1), state);
        steps.forward(call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        RecurrentInputs inputs = RecurrentInputs.of(call, STATES);
        Tensor dc = inputs.room(inputs.batch(), inputs.width());
        MatrixStack dcRows = MatrixStack.of(dc);
        boolean inPieces = inPieces(inputs);
        Tensor gates = keepsGates ? call.extra(gatesNumber(inPieces)) : null;
        Steps steps = new Steps(inputs, dcRows, inPieces ? call.extra(0) : null, gates);
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
        private final @Nullable Tensor kept;

        Steps(RecurrentInputs inputs, MatrixStack state, @Nullable Tensor between, @Nullable Tensor kept) {
            super(inputs, GATES);
            this.state = state;
            this.between = between;
            this.kept = kept;
        }

        @Override
        @Nullable
        Tensor keptGates() {
            return kept;
        }

        /** Of dense matrices. */
        private void copy(MatrixStack from, MatrixStack to) {
            Shape shape = Shape.of(from.rows() * from.columns());
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
            if (kept != null) {
                copy(gatesOf(kept, piece), MatrixStack.of(room));
            } else {
                inputShares(piece, room);
                overBefore(piece, y, room, this::gates);
            }
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
