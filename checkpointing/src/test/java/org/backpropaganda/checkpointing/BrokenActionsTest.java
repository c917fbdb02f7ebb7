package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.RoundingCodec;
import org.backpropaganda.checkpointing.schedule.Action;
import org.backpropaganda.checkpointing.schedule.Action.Copy;
import org.backpropaganda.checkpointing.schedule.Action.EndForward;
import org.backpropaganda.checkpointing.schedule.Action.Forward;
import org.backpropaganda.checkpointing.schedule.Action.Move;
import org.backpropaganda.checkpointing.schedule.Action.Reverse;
import org.backpropaganda.checkpointing.schedule.Data;
import org.backpropaganda.checkpointing.schedule.Revolve;
import org.backpropaganda.checkpointing.schedule.Storage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Actions that cannot be done are refused by name: never a number from another state. */
class BrokenActionsTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private static List<Module> links(int count) {
        List<Module> links = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            links.add(Activation.tanh());
        }
        return links;
    }

    private void step(List<Action> actions) {
        Module model = new CheckpointedSequence(links(4), new Listed("broken", actions));
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 3)) {
            Variable x = tape.leaf(Twelve.random(step, 1, MemoryKind.TEMPORARY));
            tape.backward(Sum.sum(model.call(x)));
        } finally {
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        }
    }

    private static Move toHands(int step) {
        return new Move(step, Storage.RAM, Storage.WORK, Data.RESTART);
    }

    /** Actions of a chain of four that keeps the states 0 and 2, with others behind them. */
    private static List<Action> behind(Action... others) {
        List<Action> actions = new ArrayList<>(
                List.of(Forward.restart(0, 2, Storage.RAM), Forward.restart(2, 4, Storage.RAM), new EndForward()));
        actions.addAll(List.of(others));
        return actions;
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                Arguments.of(
                        List.of(Forward.advance(0, 2), Forward.advance(3, 4), new EndForward()),
                        "in hands is the state in front of 2"),
                Arguments.of(
                        List.of(Forward.advance(0, 2), toHands(0), Forward.advance(2, 4), new EndForward()),
                        "no state in front of step 0 lies in RAM"),
                Arguments.of(
                        List.of(
                                Forward.advance(0, 2),
                                new Copy(1, Storage.RAM, Storage.FILE, Data.RESTART),
                                Forward.advance(2, 4),
                                new EndForward()),
                        "no state in front of step 1 lies in RAM"),
                Arguments.of(
                        List.of(Forward.advance(0, 2), new Reverse(2, 1), Forward.advance(2, 4), new EndForward()),
                        "not before the last step has been computed"),
                Arguments.of(
                        List.of(new Forward(0, 2, false, true, Storage.FILE), Forward.advance(2, 4), new EndForward()),
                        "let the schedule keep restart data there, or adjoint data in RAM"),
                Arguments.of(
                        List.of(Forward.restart(0, 4, Storage.FILE), new EndForward()),
                        "there is no file to keep a state in; give one to the builder"),
                Arguments.of(behind(Forward.record(2, 4)), "there is no state in hands"),
                Arguments.of(behind(toHands(1)), "no state in front of the step lies there"),
                Arguments.of(behind(toHands(2), toHands(0)), "in hands is still the state in front of step 2"),
                Arguments.of(behind(toHands(0), Forward.record(2, 4)), "in hands is the state in front of step 0"),
                Arguments.of(behind(new Reverse(4, 2)), "there is no adjoint data of step 3"),
                Arguments.of(
                        behind(toHands(0), Forward.record(0, 2), new Reverse(2, 0)), "steps are reversed down to 4"),
                Arguments.of(
                        behind(toHands(2), Forward.record(2, 4), new Reverse(4, 2), toHands(0), Forward.record(0, 3)),
                        "steps from 2 on are reversed already"),
                Arguments.of(
                        behind(toHands(2), Forward.record(2, 4), new Reverse(4, 2), new Reverse(4, 2)),
                        "steps are reversed down to 2"),
                Arguments.of(
                        behind(new Move(3, Storage.RAM, Storage.WORK, Data.ADJOINT)),
                        "there is no adjoint data of the step"),
                Arguments.of(behind(new EndForward()), "the forward run has ended already"),
                Arguments.of(
                        behind(toHands(2), Forward.record(2, 4), new Reverse(4, 2)), "steps 0 to 1 are not reversed"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void theActionAndTheReasonAreTold(List<Action> actions, String reason) {
        assertThatIllegalStateException()
                .isThrownBy(() -> step(actions))
                .withMessageStartingWith("schedule broken: ")
                .withMessageContaining(reason);
    }

    @Test
    void aScheduleForAnotherNumberOfStepsIsRefusedAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CheckpointedSequence(links(4), new Revolve(3, 2)))
                .withMessage("schedule revolve=2: ends behind 3 of 4 steps; give one for as many");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CheckpointedSequence(links(4), new Revolve(5, 2)))
                .withMessage("revolve=2 is made for 5 steps, and the chain ended behind 4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CheckpointedSequence(
                        links(4), new Listed("short", List.of(Forward.advance(0, 2), new EndForward()))))
                .withMessage("schedule short: ends behind 2 of 4 steps; give one for as many");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new CheckpointedSequence(links(4), new Listed("endless", List.of(Forward.advance(0, 4)))))
                .withMessageContaining("ends without an end of the forward run");
    }

    @Test
    void aFileThatLosesBitsIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CheckpointedSequence(links(12), Listed.file(), new RoundingCodec()))
                .withMessageContaining("give one that brings back every bit");
    }

    @Test
    void whatTheFirstStepIsComputedFromMustBeKeptForSecondDerivatives() {
        List<Action> actions = List.of(
                new Forward(0, 3, false, true, Storage.RAM), Forward.record(3, 4), new EndForward(), new Reverse(4, 0));
        Module model = new CheckpointedSequence(links(4), new Listed("recorded", actions));
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 3)) {
            Variable x = tape.leaf(step.allocate(Shape.of(3), DType.DOUBLE).fill(0.5));
            Variable y = Sum.sum(model.call(x));
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.differentiate(y, x))
                    .withMessage(
                            "schedule recorded: differentiate: no state in front of step 0 is kept; take a schedule"
                                    + " that keeps it");
            tape.backward(y);
            assertThat(tape.gradient(x)).isNotNull();
        }
    }
}
