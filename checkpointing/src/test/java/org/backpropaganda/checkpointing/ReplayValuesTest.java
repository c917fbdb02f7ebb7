package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.ReplayCheck;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.RoundingCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A replay that does the same and gets other values is refused on request, and told by the first op that differs. */
class ReplayValuesTest {
    private static final int WIDTH = 4;

    private final Lab lab = new Lab(Sequential::new);

    @AfterEach
    void close() {
        lab.close();
    }

    /** Adds a number that is another from its {@code turns}-th run on: what no attribute of the op tells. */
    private record Drifting(AtomicInteger runs, int turns, double before, double after) implements Op {
        @Override
        public TensorSpec infer(List<TensorSpec> inputs) {
            return inputs.get(0);
        }

        @Override
        public Saves saves(Operands operands) {
            return Saves.none();
        }

        @Override
        public void forward(ForwardCall call) {
            double[] values = call.input(0).toDoubles();
            double added = runs.incrementAndGet() < turns ? before : after;
            for (int i = 0; i < values.length; i++) {
                values[i] = added == 0 ? added : values[i] + added;
            }
            call.output().set(values);
        }

        @Override
        public void vjp(BackwardCall call) {
            call.pass(0);
        }
    }

    private static Module drifting(int turns, double before, double after) {
        Op op = new Drifting(new AtomicInteger(), turns, before, after);
        return new Activation(x -> x.tape().apply(op, x));
    }

    private void backward(Module model) {
        Tensor batch = lab.input(1, 3, WIDTH);
        lab.step((scope, tape) -> {
            try {
                tape.backward(Ops.sum(model.call(Ops.scale(tape.leaf(batch), 2))));
            } finally {
                tape.gradients().close();
            }
        });
    }

    private Module block(Module within) {
        return new Sequential(
                new Linear(lab.factory, WIDTH, WIDTH, true), Activation.tanh(), within, Activation.sigmoid());
    }

    @ParameterizedTest
    @EnumSource
    void theFirstOpThatDiffersIsNamedByPathAndStep(Way way) {
        Module model = way.arrange(List.of(block(new Dropout(0.5)), block(drifting(2, 1, 1 + 0x1p-52))));
        assertThatIllegalStateException()
                .isThrownBy(() -> backward(model))
                .withMessageContaining("replay in 1.2 differs from the first run: step 1: ")
                .withMessageContaining("Drifting[")
                .withMessageContaining("[DOUBLE[3, 4]] has other values now, and nothing compared before it has");
    }

    /** Nobody asked: what is told is what the ops are, and they are the same. */
    @Test
    void withoutRequestValuesAreNotCompared() {
        Module model = Checkpoint.checkpoint(block(drifting(2, 1, 7)));
        Tensor batch = lab.input(1, 3, WIDTH);
        try (Tape tape = Tape.training(lab.root, 1)) {
            tape.backward(Ops.sum(model.call(tape.leaf(batch)))).close();
        }
        assertThat(lab.check.compared()).isZero();
    }

    @Test
    void zerosOfAnotherSignDifferAndNansDoNot() {
        assertThatIllegalStateException()
                .isThrownBy(() -> backward(Checkpoint.checkpoint(drifting(2, 0.0, -0.0))))
                .withMessageContaining("has other values now");
        backward(Checkpoint.checkpoint(drifting(2, Double.NaN, Double.NaN)));
    }

    /** The replay of the outer one makes the first run of the inner one, whose own replay is the third. */
    @Test
    void anInnerReplayIsComparedWithItsOwnFirstRun() {
        Module model = Checkpoint.checkpoint(new Sequential(Checkpoint.checkpoint(block(drifting(3, 1, 2)))));
        assertThatIllegalStateException()
                .isThrownBy(() -> backward(model))
                .withMessageContaining("replay in 0.2 differs from the first run: step 1: Drifting[");
    }

    /** Written past the count of versions, as foreign code may: only values tell. */
    @Test
    void anInputWhoseBytesWereChangedUnnoticed() {
        Module model = Checkpoint.checkpoint(Activation.tanh());
        Tensor batch = lab.input(1, 3, WIDTH);
        lab.step((scope, tape) -> {
            Variable h = Ops.scale(tape.leaf(batch), 2);
            Variable loss = Ops.sum(model.call(h));
            h.value().withArray(array -> array.putScalar(0, 0, 5));
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessageContaining("differs from the first run: input 0 DOUBLE[3, 4] has other values now");
        });
    }

    /** A state is to be put in another's place; one that is overwritten is no longer what the first run saw. */
    @Test
    void aStateThatIsOverwrittenIsRefusedWithoutRequestToo() {
        Tensor state = lab.input(2, WIDTH);
        Module model = Checkpoint.checkpoint(new Activation(x -> {
            Variable y = Ops.times(x, x.tape().state(state));
            x.tape().onFirstRun(() -> state.fill(9));
            return y;
        }));
        Tensor batch = lab.input(1, 3, WIDTH);
        try (Tape tape = Tape.training(lab.root, 1)) {
            Variable loss = Ops.sum(model.call(tape.leaf(batch)));
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessageContaining("state")
                    .withMessageContaining("modified in place by fill");
        }
    }

    /** Inputs that a policy rounds are not the first run's: skipped, and said so. A replay inside begins from its own. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReplayFromRoundedInputsIsSkipped(boolean nested) {
        UnaryOperator<Module> inner = nested ? Checkpoint::checkpoint : module -> module;
        Module model = Checkpoint.checkpoint(new Sequential(inner.apply(block(new Dropout(0.5)))));
        Tensor batch = lab.input(1, 3, WIDTH);
        ReplayCheck check = new ReplayCheck();
        try (Tape tape = Tape.builder(lab.root)
                .policy(SavedTensorPolicy.of(new RoundingCodec()))
                .replayCheck(check)
                .build()) {
            tape.backward(Ops.sum(model.call(Ops.tanh(tape.leaf(batch))))).close();
        }
        assertThat(check.skipped()).isPositive();
        assertThat(check.compared()).isZero();
        assertThat(check)
                .hasToString("replay check: 0 values compared, " + check.skipped()
                        + " skipped, of replays that begin from other values");
    }

    /** Input, linear, batch norm with its statistics, dropout, and nothing for what makes no values. */
    @Test
    void everyValueIsComparedOnce() {
        Module model = Checkpoint.checkpoint(new Sequential(
                new Linear(lab.factory, WIDTH, WIDTH, true),
                new BatchNorm(lab.factory, WIDTH),
                new Activation(x -> Ops.reshape(x, 3 * WIDTH)),
                new Dropout(0.5)));
        backward(model);
        assertThat(lab.check.compared()).isEqualTo(4);
        assertThat(lab.check.skipped()).isZero();
    }

    @Test
    void shapesAloneHaveNoValues() {
        Module model = Checkpoint.checkpoint(block(drifting(2, 1, 7)));
        ReplayCheck check = new ReplayCheck();
        ModelSummary.of(
                model, List.of(new TensorSpec(Shape.of(3, WIDTH), DType.DOUBLE)), tape -> tape.replayCheck(check));
        assertThat(check.compared() + check.skipped()).isZero();
    }
}
