package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TapeTest {
    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope scope = engine.scope("test");

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor tensor(double... values) {
        return scope.allocate(Shape.of(values.length), DType.DOUBLE).set(values);
    }

    private long activations() {
        return engine.ledger().liveBytes(MemoryKind.ACTIVATION);
    }

    @Test
    void aReleasedVariableIsGone() {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable x = tape.leaf(tensor(1, 2));
            Variable y = Tanh.tanh(x);
            y.release();
            assertThat(y.isAlive()).isFalse();
            assertThatThrownBy(() -> Tanh.tanh(y))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("variable DOUBLE[2] was released");
            assertThat(activations()).as("what the tape keeps stays").isEqualTo(16);
        }
    }

    /** Overwrites its input with zeros, whose gradient is zero too. */
    private static final class Zeroed implements Segment {
        @Override
        public String name() {
            return "zeroed";
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }

        @Override
        public Result forward(SegmentForward call) {
            return new Result(List.of(call.overwrite(0).zero()), backward -> {});
        }
    }

    @Test
    void aConsumedVariableNamesItsConsumer() {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable x = Add.add(tape.constant(tensor(1, 2)), tape.leaf(tensor(3, 4)));
            Variable y = tape.apply(new Zeroed(), List.of(x)).get(0);
            assertThat(y.value().toDoubles()).containsOnly(0);
            assertThatThrownBy(() -> Tanh.tanh(x))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "variable DOUBLE[2] was consumed by zeroed, which works in place; use its result, or keep"
                                    + " a copy");
        }
    }

    @Test
    void whatSomebodyElseHoldsIsNotOverwritten() {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable x = Add.add(tape.constant(tensor(1, 2)), tape.leaf(tensor(3, 4)));
            Variable held = Identity.hold(x);
            tape.apply(new Zeroed(), List.of(x));
            assertThat(held.value().toDoubles()).containsExactly(4, 6);
            assertThat(x.isAlive()).isTrue();
            Variable saved = Add.add(x, x);
            Tanh.tanh(saved);
            Variable output = Tanh.tanh(saved);
            tape.apply(new Zeroed(), List.of(output));
            assertThat(output.isAlive()).as("saved by tanh").isTrue();
        }
    }

    @Test
    void aVariableEndsWithTheCallThatMadeIt() {
        List<Variable> leaked = new ArrayList<>();
        Module module = new Activation(x -> {
            Variable inner = Add.add(x, x);
            leaked.add(inner);
            return Add.add(inner, x);
        });
        try (Tape tape = Tape.training(scope, 0)) {
            Variable y = module.call(tape.leaf(tensor(1)));
            assertThat(y.value().item()).isEqualTo(3);
            assertThatThrownBy(() -> leaked.get(0).value())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("out of scope");
        }
    }

    @Test
    void variablesOfAnotherTapeAreRefused() {
        try (Tape one = Tape.training(scope, 0);
                Tape other = Tape.training(scope, 0)) {
            Variable x = one.leaf(tensor(1));
            Variable y = other.leaf(tensor(1));
            assertThatThrownBy(() -> Add.add(x, y))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("add: input DOUBLE[1] belongs to another tape");
            assertThatThrownBy(() -> one.backward(y)).isInstanceOf(IllegalStateException.class);
        }
    }

    /** Computes with a variable of the outer tape that it captured. */
    private record Capturing(Variable captured) implements Segment {
        @Override
        public String name() {
            return "capturing";
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }

        @Override
        public Result forward(SegmentForward call) {
            try (Tape silent = call.tape(TapeSite.here(), TapeMode.SILENT)) {
                return new Result(List.of(call.leave(Add.add(call.enter(silent, 0), captured))), backward -> {});
            }
        }
    }

    @Test
    void aSegmentMayNotCaptureAVariable() {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable x = tape.leaf(tensor(1));
            assertThatThrownBy(() -> tape.apply(new Capturing(x), List.of(x)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("add: input DOUBLE[1] belongs to another tape");
        }
    }

    /** What gathers for an input is also that of others who read it. */
    private static final class Stealing implements Segment {
        @Override
        public String name() {
            return "stealing";
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }

        @Override
        public Result forward(SegmentForward call) {
            return new Result(List.of(call.scope().share(call.input(0))), backward -> backward.take(backward.input(0)));
        }
    }

    @Test
    void aSegmentMayNotTakeTheGradientOfItsInput() {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable x = tape.leaf(tensor(1));
            Variable y = tape.apply(new Stealing(), List.of(x)).get(0);
            assertThatThrownBy(() -> tape.backward(List.of(y), List.of(tensor(1))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "stealing backward: takes gradients of its outputs and of slots that it made, not of others");
        }
    }

    @Test
    void anotherThreadIsRefused() throws InterruptedException {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable x = tape.leaf(tensor(1));
            List<Throwable> thrown = new ArrayList<>();
            Thread thread = new Thread(() -> Tanh.tanh(x), "intruder");
            thread.setUncaughtExceptionHandler((t, e) -> thrown.add(e));
            thread.start();
            thread.join();
            assertThat(thrown)
                    .singleElement()
                    .satisfies(e -> assertThat(e)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("used by intruder"));
        }
    }

    @Test
    void closingTwiceAndUseAfterCloseThrow() {
        Tape tape = Tape.training(scope, 0);
        Variable x = tape.leaf(tensor(1));
        tape.close();
        assertThatThrownBy(tape::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the tape is closed already");
        assertThatThrownBy(() -> Tanh.tanh(x)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> tape.leaf(tensor(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the tape is closed");
    }

    @Test
    void backwardWantsWhatWasRecorded() {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable x = tape.leaf(tensor(1, 2));
            Variable y = Tanh.tanh(x);
            assertThatThrownBy(() -> tape.backward(y))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("[2]");
            assertThatThrownBy(() -> tape.backward(List.of(y), List.of(tensor(1))))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("backward: output 0 is DOUBLE[2], its gradient DOUBLE[1]");
            assertThatThrownBy(() -> tape.backward(List.of(y), List.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("backward: 1 outputs, but 0 gradients");
            Variable loss = Sum.sum(y);
            tape.backward(loss).close();
            assertThatThrownBy(() -> tape.backward(loss))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("an earlier backward has drained what made");
        }
        try (Tape tape = Tape.inference(scope)) {
            Variable y = Tanh.tanh(tape.leaf(tensor(1)));
            assertThatThrownBy(() -> tape.backward(y))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("backward: the tape does not record");
        }
    }

    @Test
    void aChangedSaveNamesItsWriter() {
        Parameter weight = new Parameter(
                scope.allocate(Shape.of(2), DType.DOUBLE, MemoryKind.PARAMETER).fill(3));
        weight.named("scale");
        try (Tape tape = Tape.training(scope, 0)) {
            Variable loss = Sum.sum(Multiply.multiply(tape.leaf(tensor(1, 2)), tape.parameter(weight)));
            weight.value().fill(4);
            assertThatThrownBy(() -> tape.backward(loss))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("multiply backward")
                    .hasMessageContaining(
                            "saved input 1 DOUBLE[2] is at version 2, saved at 1: modified in place by fill");
        }
        assertThat(activations()).isZero();
    }

    @Test
    void closingWithoutBackwardFreesLeases() {
        Tensor x = tensor(1, 2);
        long base = engine.ledger().liveBytes();
        try (Tape tape = Tape.training(scope, 0)) {
            Tanh.tanh(Tanh.tanh(tape.leaf(x)));
            assertThat(activations()).isEqualTo(32);
        }
        assertThat(activations()).isZero();
        assertThat(engine.ledger().liveBytes()).isEqualTo(base);
    }

    @Test
    void parametersGetGradientsOfTheirOwn() {
        Parameter a = new Parameter(
                scope.allocate(Shape.of(2), DType.DOUBLE, MemoryKind.PARAMETER).fill(1));
        Parameter b = new Parameter(
                scope.allocate(Shape.of(2), DType.DOUBLE, MemoryKind.PARAMETER).fill(2));
        Tensor dy = tensor(3, 4);
        try (Tape tape = Tape.training(scope, 0)) {
            Variable y = Add.add(tape.parameter(a), tape.parameter(b));
            try (Gradients gradients = tape.backward(List.of(y), List.of(dy))) {
                assertThat(gradients.of(a).isExclusive()).isTrue();
                assertThat(gradients.of(b).isExclusive()).isTrue();
                assertThat(gradients.of(b).toDoubles()).containsExactly(3, 4);
                assertThat(dy.kind()).isEqualTo(MemoryKind.TEMPORARY);
                assertThat(engine.ledger().liveBytes(MemoryKind.GRADIENT)).isEqualTo(32);
            }
        }
    }

    @Test
    void aGivenOutputGradientKeepsItsKind() {
        Tensor dy = scope.allocate(Shape.of(2), DType.DOUBLE, MemoryKind.INPUT).fill(1);
        try (Tape tape = Tape.training(scope, 0)) {
            Variable x = tape.leaf(tensor(1, 2));
            tape.backward(List.of(Add.add(x, x)), List.of(dy)).close();
            assertThat(tape.gradient(x).toDoubles()).containsOnly(2);
            assertThat(dy.kind()).isEqualTo(MemoryKind.INPUT);
            assertThat(dy.toDoubles()).containsOnly(1);
        }
    }
}
