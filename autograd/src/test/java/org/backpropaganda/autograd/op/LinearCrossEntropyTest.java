package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class LinearCrossEntropyTest extends OpContract {
    private static final LinearCrossEntropy OP = new LinearCrossEntropy();

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(OP, in(4, 3), in(5, 3), labels(5, 4)),
                OpCase.of(OP, in(1, 1), in(2, 1), labels(2, 1)),
                OpCase.of(OP, in(3, 2), in(1, 2), labels(1, 3)).named("one class"),
                OpCase.of(OP, in(4, 3).constant(), in(5, 3), labels(5, 4)),
                OpCase.of(OP, in(4, 3), in(5, 3).constant(), labels(5, 4)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(OP, spec(4, 3), spec(5, 2), spec(DType.INT, 4)),
                Refusal.of(OP, spec(4, 3), spec(5, 3), spec(DType.INT, 5)),
                Refusal.of(OP, spec(4, 3), spec(5, 3), spec(4)),
                Refusal.of(OP, spec(3), spec(5, 3), spec(DType.INT, 3)));
    }

    @Test
    void equalLogitsCostTheLogarithmOfTheClasses() {
        Golden golden = Golden.of(
                OP,
                in(1, 2).of(1, 0),
                in(4, 2).of(3, 0, 3, 1, 3, 2, 3, 3),
                labels(4, 1).of(2));
        assertThat(golden.output().get(0)).isCloseTo(Math.log(4), within(1e-15));
    }

    @Test
    void labelsAreClasses() {
        assertThatThrownBy(() -> Golden.of(OP, in(2, 3), in(4, 3), labels(4, 2).of(0, 4)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("linearcrossentropy: label 4 at index 1 is not within [0, 4)");
    }

    /** 64 rows against 50,000 classes: 12.8 MB of logits, of which 20 rows exist at a time. */
    @Test
    void manyClassesNeverHaveAllTheirLogits() {
        int classes = 50_000;
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.training(scope, 0)) {
            Tensor x = scope.allocate(Shape.of(64, 8), DType.FLOAT, MemoryKind.INPUT)
                    .fill(0.5);
            Tensor w = scope.allocate(Shape.of(classes, 8), DType.FLOAT, MemoryKind.PARAMETER)
                    .fill(0.25);
            Tensor labels =
                    scope.allocate(Shape.of(64), DType.INT, MemoryKind.INPUT).zero();
            Variable wide = tape.leaf(w);
            Variable loss = LinearCrossEntropy.linearCrossEntropy(tape.leaf(x), wide, tape.constant(labels));
            assertThat(loss.value().item()).isCloseTo(Math.log(classes), within(1e-4));
            try (Gradients gradients = tape.backward(loss)) {
                assertThat(gradients.parameters()).isEmpty();
            }
            Tensor dw = tape.gradient(wide);
            assertThat(dw).isNotNull();
            assertThat(dw.toDoubles()[0]).isCloseTo(-0.5 * (1 - 1.0 / classes), within(1e-6));
            assertThat(dw.toDoubles()[8]).isCloseTo(0.5 / classes, within(1e-9));
            long logits = 64L * classes * 4;
            assertThat(engine.ledger().peakBytes() - 2 * w.bytes()).isLessThan(logits * 3 / 4);
        }
    }
}
