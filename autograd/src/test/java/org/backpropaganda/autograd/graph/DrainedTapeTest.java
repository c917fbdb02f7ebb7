package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a backward has drained passes no gradient on, and says so. */
class DrainedTapeTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor values() {
        return scope.allocate(Shape.of(2), DType.DOUBLE).set(0.5, -2);
    }

    @Test
    void anOpOnADrainedValueIsRefused() {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable x = tape.leaf(values());
            Variable h = Tanh.tanh(x);
            tape.backward(Sum.sum(Multiply.multiply(h, h))).close();
            assertThatIllegalStateException()
                    .isThrownBy(() -> Tanh.tanh(h))
                    .withMessage("tanh: an earlier backward has drained what made DOUBLE[2], so no gradient can flow"
                            + " through it; compute it again, or differentiate all losses at once");
        }
    }

    @Test
    void leavesOutliveABackward() {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable x = tape.leaf(values());
            tape.backward(Sum.sum(x)).close();
            tape.backward(Sum.sum(Multiply.multiply(x, x))).close();
            Tensor gradient = tape.gradient(x);
            assertThat(gradient).isNotNull();
            assertThat(gradient.toDoubles()).containsExactly(2, -3);
        }
    }

    @Test
    void aLossThatDependsOnNothingIsRefused() {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable recorded = Tanh.tanh(tape.leaf(values()));
            Variable loss = Sum.sum(tape.constant(values()));
            assertThat(recorded.requiresGradient()).isTrue();
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessage("backward: nothing that needs a gradient leads to the outputs");
        }
    }
}
