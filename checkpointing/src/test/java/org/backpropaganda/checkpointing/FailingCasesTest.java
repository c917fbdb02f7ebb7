package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.checkpointing.Lab.WIDTH;
import static org.backpropaganda.checkpointing.Lab.block;
import static org.backpropaganda.checkpointing.Lab.loss;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes wrong in and around blocks that are computed again: it is told, nothing stays behind, and the next step is right. */
class FailingCasesTest {

    /** Throws in its calls of some numbers. */
    private static Module failing(Lab lab, int... numbers) {
        AtomicInteger calls = new AtomicInteger();
        return new Sequential(new Linear(lab.factory, WIDTH, WIDTH, true), new Activation(x -> {
            int call = calls.incrementAndGet();
            for (int number : numbers) {
                if (call == number) {
                    throw new ArithmeticException("call " + call);
                }
            }
            return Ops.tanh(x);
        }));
    }

    private static Map<String, double[]> gradients(Lab lab, Module model, Tensor batch) {
        Map<String, double[]>[] found = newArray();
        lab.step((scope, tape) -> {
            try (Gradients gradients = tape.backward(loss(model.call(tape.leaf(batch))))) {
                found[0] = GradientComparison.snapshot(gradients);
            }
        });
        return found[0];
    }

    @SuppressWarnings("unchecked")
    private static Map<String, double[]>[] newArray() {
        return (Map<String, double[]>[]) new Map<?, ?>[1];
    }

    private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet()).isNotEmpty();
        expected.forEach((name, values) -> assertThat(actual.get(name)).as(name).containsExactly(values));
    }

    @ParameterizedTest
    @EnumSource
    void aForwardThatFailsLeavesNothingAndTheTapeMayGoOn(Way way) {
        try (Lab plain = new Lab(Sequential::new);
                Lab arranged = new Lab(way::arrange)) {
            Map<String, double[]> expected = null;
            for (Lab lab : List.of(plain, arranged)) {
                Linear line = new Linear(lab.factory, WIDTH, WIDTH, true);
                Module model = lab.arrange(line, failing(lab, 1));
                Tensor batch = lab.input(1, 3, WIDTH);
                Map<String, double[]>[] found = newArray();
                lab.step((scope, tape) -> {
                    Variable x = tape.leaf(batch);
                    assertThatThrownBy(() -> model.call(x)).hasMessage("call 1");
                    try (Gradients gradients = tape.backward(loss(model.call(x)))) {
                        found[0] = GradientComparison.snapshot(gradients);
                        assertThat(lab.activations()).isZero();
                    }
                });
                expected = expected == null ? found[0] : expected;
                assertSame(found[0], expected);
                assertSame(gradients(lab, model, batch), expected);
            }
        }
    }

    /** The gradients of what lies behind the block have come, and no caller sees them as those of the step. */
    @ParameterizedTest
    @EnumSource
    void aReplayThatFailsLeavesNothing(Way way) {
        try (Lab lab = new Lab(way::arrange)) {
            Module model = new Sequential(lab.arrange(block(lab), failing(lab, 2), block(lab)), block(lab));
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                Variable loss = loss(model.call(tape.leaf(batch)));
                assertThatThrownBy(() -> tape.backward(loss)).hasMessage("call 2");
                assertThatIllegalStateException()
                        .isThrownBy(() -> tape.backward(loss))
                        .withMessageContaining("backward");
                tape.gradients().close();
            });
            Map<String, double[]> again = gradients(lab, model, batch);
            assertSame(gradients(lab, model, batch), again);
        }
    }

    /** A retaining backward that failed has kept all, and gives every gradient the next time. */
    @ParameterizedTest
    @EnumSource
    void aReplayThatFailsOnceMayBeTriedAgain(Way way) {
        try (Lab lab = new Lab(way::arrange)) {
            Module model = lab.arrange(block(lab), failing(lab, 2), block(lab));
            Tensor batch = lab.input(1, 6, WIDTH);
            Map<String, double[]>[] found = newArray();
            lab.step((scope, tape) -> {
                Variable loss = loss(model.call(tape.leaf(batch)));
                assertThatThrownBy(() -> tape.backwardRetaining(loss)).hasMessage("call 2");
                tape.gradients().clear();
                try (Gradients gradients = tape.backward(loss)) {
                    found[0] = GradientComparison.snapshot(gradients);
                }
            });
            assertSame(gradients(lab, model, batch), found[0]);
        }
    }

    /** What the block was given is overwritten before it is read again. */
    @ParameterizedTest
    @EnumSource
    void anInputThatIsModifiedLater(Way way) {
        try (Lab lab = new Lab(way::arrange)) {
            Module model = lab.arrange(block(lab), block(lab));
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                Variable x = tape.leaf(batch);
                Variable h = Ops.scale(x, 2);
                Variable loss = loss(model.call(h));
                h.value().fill(7);
                assertThatIllegalStateException()
                        .isThrownBy(() -> tape.backward(loss))
                        .withMessageContaining("input 0")
                        .withMessageContaining("modified in place by fill");
                tape.gradients().close();
            });
        }
    }

    /** An op that could overwrite it copies instead, since the block holds it. */
    @ParameterizedTest
    @EnumSource
    void anInputThatAnOpWouldOverwriteLater(Way way) {
        Lab.assertBitsOfPlain(way, lab -> {
            Module model = lab.arrange(block(lab), block(lab));
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                Variable x = tape.leaf(batch);
                Variable h = Ops.scale(x, 2);
                Variable y = model.call(h);
                lab.backward(tape, Ops.plus(loss(y), Ops.sum(Ops.leakyReluInPlace(h, 0.5))), model);
                lab.put("x", tape.gradient(x));
            });
        });
    }

    @ParameterizedTest
    @EnumSource
    void aWeightThatIsModifiedBetweenForwardAndBackward(Way way) {
        try (Lab lab = new Lab(way::arrange)) {
            Linear line = new Linear(lab.factory, WIDTH, WIDTH, true);
            Module model = lab.arrange(new Sequential(Activation.tanh(), line), block(lab));
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                Variable loss = loss(model.call(tape.leaf(batch)));
                line.weight().value().fill(0.5);
                assertThatIllegalStateException()
                        .isThrownBy(() -> tape.backward(loss))
                        .withMessageContaining("0.1")
                        .withMessageContaining("linear: input 1")
                        .withMessageContaining("modified in place by fill");
                tape.gradients().close();
            });
        }
    }

    /** "The function depends on something else than its inputs": the first op that is another is named. */
    @ParameterizedTest
    @EnumSource
    void aBranchThatTurnsElsewhere(Way way) {
        try (Lab lab = new Lab(way::arrange)) {
            AtomicInteger calls = new AtomicInteger();
            Module fickle = new Activation(x -> calls.getAndIncrement() == 0 ? Ops.tanh(x) : Ops.sigmoid(x));
            Module model = lab.arrange(block(lab), new Sequential(new Dropout(0.1), fickle));
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                Variable loss = loss(model.call(tape.leaf(batch)));
                assertThatIllegalStateException()
                        .isThrownBy(() -> tape.backward(loss))
                        .withMessageContaining("replay in 1.1 differs from the first run")
                        .withMessageContaining("was Tanh[]")
                        .withMessageContaining("is Sigmoid[]");
                tape.gradients().close();
            });
        }
    }

    /** "Data-dependent shapes": both shapes are told. */
    @ParameterizedTest
    @EnumSource
    void aShapeThatIsAnother(Way way) {
        try (Lab lab = new Lab(way::arrange)) {
            AtomicInteger calls = new AtomicInteger();
            Module fickle = new Activation(x -> Ops.slice(x, 0, 0, calls.getAndIncrement() == 0 ? 3 : 2));
            Module model = lab.arrange(block(lab), fickle);
            Tensor batch = lab.input(1, 6, WIDTH);
            lab.step((scope, tape) -> {
                Variable loss = loss(model.call(tape.leaf(batch)));
                assertThatIllegalStateException()
                        .isThrownBy(() -> tape.backward(loss))
                        .withMessageContaining("replay in 1 differs from the first run")
                        .withMessageContaining("[3, 4]")
                        .withMessageContaining("[2, 4]");
                tape.gradients().close();
            });
        }
    }
}
