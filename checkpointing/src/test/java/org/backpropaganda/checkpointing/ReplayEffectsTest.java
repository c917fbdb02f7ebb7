package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a forward changes outside {@code Tape.onFirstRun} would change twice: the replay that does is refused. */
class ReplayEffectsTest {
    private final Lab lab = new Lab(Sequential::new);

    @AfterEach
    void close() {
        lab.close();
    }

    /** Has state of every kind, and an effect on it. */
    private static final class Counting extends UnaryModule {
        private final Consumer<Counting> effect;
        final Parameter weight;
        final Tensor calls;
        final Tensor unregistered;
        private int count;
        private Long boxed = 0L;
        private double average;
        private boolean flipped;
        private final AtomicInteger atomic = new AtomicInteger();

        Counting(ParameterFactory factory, TensorScope scope, Consumer<Counting> effect) {
            this.effect = effect;
            weight = register("weight", factory.create(Shape.of(2), Initializer.constant(0.5)));
            calls = registerBuffer("calls", scope.zeros(Shape.of(), DType.INT, MemoryKind.PARAMETER));
            unregistered = scope.zeros(Shape.of(), DType.INT, MemoryKind.PARAMETER);
        }

        @Override
        protected Variable forward(Variable x) {
            Variable y = Ops.times(Ops.tanh(x), x.tape().parameter(weight));
            effect.accept(this);
            return Ops.scale(y, 1);
        }
    }

    private Counting counting(Consumer<Counting> effect) {
        return new Counting(lab.factory, lab.root, effect);
    }

    private void backward(Module model, Consumer<TapeBuilder> settings) {
        try (TensorScope step = lab.root.child()) {
            TapeBuilder builder = Tape.builder(step).seed(1);
            settings.accept(builder);
            try (Tape tape = builder.build()) {
                Variable x = tape.leaf(step.allocate(Shape.of(2), DType.DOUBLE).set(1, 2));
                tape.backward(Ops.sum(model.call(x))).close();
            }
        }
    }

    private void assertRefused(Module model, String... told) {
        assertThatIllegalStateException()
                .isThrownBy(() -> backward(model, tape -> tape.replayCheck(lab.check)))
                .withMessageContainingAll(told);
    }

    private static Module within(Way way, Module module) {
        return way.arrange(List.of(Activation.tanh(), new Sequential(module)));
    }

    @ParameterizedTest
    @EnumSource
    void aBufferThatAReplayWritesIsRefusedWithoutRequest(Way way) {
        Counting module = counting(m -> m.calls.set((int) m.calls.item() + 1));
        assertThatIllegalStateException()
                .isThrownBy(() -> backward(within(way, module), tape -> {}))
                .withMessage(
                        "replay in 1.0 has an effect: calls INT[] of Counting is at version 3, was at 2: modified in"
                                + " place by set; what is computed again changes nothing, and state of a step changes inside"
                                + " Tape.onFirstRun");
    }

    /** It has been read before it is written, so that its version is right when the replay reads it. */
    @ParameterizedTest
    @EnumSource
    void aParameterThatAReplayWritesIsRefusedWithoutRequest(Way way) {
        AtomicInteger runs = new AtomicInteger();
        Counting module = counting(m -> {
            if (runs.incrementAndGet() == 2) {
                m.weight.value().fill(3);
            }
        });
        assertThatIllegalStateException()
                .isThrownBy(() -> backward(within(way, module), tape -> {}))
                .withMessageContaining("replay in 1.0 has an effect: weight DOUBLE[2] of Counting")
                .withMessageContaining("modified in place by fill");
    }

    @ParameterizedTest
    @EnumSource
    void aCounterInAFieldIsFoundOnRequest(Way way) {
        Counting module = counting(m -> m.count++);
        backward(within(way, module), tape -> {});
        assertRefused(within(way, module), "replay in 1.0 has an effect: field count of Counting is ", ", was ");
    }

    @Test
    void fieldsOfEveryKindOfNumber() {
        assertRefused(Checkpoint.checkpoint(counting(m -> m.boxed++)), "field boxed of Counting is 2, was 1");
        assertRefused(
                Checkpoint.checkpoint(counting(m -> m.average = 0.9 * m.average + 1)),
                "field average of Counting is 1.9, was 1.0");
        assertRefused(
                Checkpoint.checkpoint(counting(m -> m.flipped = !m.flipped)),
                "field flipped of Counting is false, was true");
        assertRefused(
                Checkpoint.checkpoint(counting(m -> m.atomic.incrementAndGet())),
                "field atomic of Counting is 2, was 1");
        assertRefused(
                Checkpoint.checkpoint(counting(m -> m.unregistered.fill(4))),
                "unregistered INT[] of Counting is at version",
                "modified in place by fill");
    }

    /** A module that writes what belongs to another inside the segment. */
    @ParameterizedTest
    @EnumSource
    void aBufferOfAnotherModuleIsFoundOnRequest(Way way) {
        Counting other = counting(m -> {});
        Counting module = counting(m -> other.calls.fill(1));
        Module both = new Sequential(module, other);
        backward(within(way, both), tape -> {});
        assertRefused(within(way, both), "replay in 1.0.1 has an effect: calls INT[] of Counting", "by fill");
    }

    @ParameterizedTest
    @EnumSource
    void effectsInsideOnFirstRunPass(Way way) {
        Tape[] running = new Tape[1];
        Module noting = new Activation(x -> {
            running[0] = x.tape();
            return x;
        });
        Counting module = counting(m -> running[0].onFirstRun(() -> {
            m.calls.set((int) m.calls.item() + 1);
            m.count++;
        }));
        backward(within(way, new Sequential(noting, module)), tape -> tape.replayCheck(lab.check));
        assertThat(module.count).isEqualTo(1);
        assertThat(module.calls.item()).isEqualTo(1);
        assertThat(lab.check.compared()).isPositive();
    }
}
