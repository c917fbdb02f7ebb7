package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.TestSeed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class Conv1dTest {
    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope scope = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor tensor(DType dtype, Shape shape, double... values) {
        Tensor tensor = scope.allocate(shape, dtype, MemoryKind.INPUT);
        if (values.length > 0) {
            return tensor.set(values);
        }
        double[] wave = new double[Math.toIntExact(shape.elements())];
        for (int i = 0; i < wave.length; i++) {
            wave[i] = Math.sin(1.7 * i + wave.length);
        }
        return tensor.set(wave);
    }

    /** y[l] = x[l − 1] + 10 x[l + 1] + b at every second l, zeros around. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Tensor x = tensor(dtype, Shape.of(1, 5, 1), 1, 2, 3, 4, 5);
        Tensor w = tensor(dtype, Shape.of(1, 1, 2), 1, 10);
        Tensor b = tensor(dtype, Shape.of(1), 0.5);
        try (Tape tape = Tape.training(scope, 0)) {
            Variable y = Conv1d.conv1d(tape.leaf(x), tape.leaf(w), tape.leaf(b), 2, 1, 2, 1);
            assertThat(y.shape()).isEqualTo(Shape.of(1, 3, 1));
            assertThat(y.value().toDoubles()).containsExactly(20.5, 42.5, 4.5);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        }
    }

    @Test
    void gradientsAreThoseOfFiniteDifferences() {
        GradientCheck.seeded(TestSeed.get())
                .check(
                        v -> Conv1d.conv1d(v.get(0), v.get(1), v.get(2), 2, 1, 1, 2),
                        tensor(DType.DOUBLE, Shape.of(2, 6, 4)),
                        tensor(DType.DOUBLE, Shape.of(2, 2, 3)),
                        tensor(DType.DOUBLE, Shape.of(2)))
                .orThrow();
        GradientCheck.seeded(TestSeed.get())
                .check(
                        v -> Conv1d.conv1d(v.get(0), v.get(1), 1, 0, 2, 1),
                        tensor(DType.DOUBLE, Shape.of(1, 5, 2)),
                        tensor(DType.DOUBLE, Shape.of(3, 2, 2)))
                .orThrow();
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (Tape tape = Tape.inference(scope)) {
            Variable x = tape.constant(tensor(DType.FLOAT, Shape.of(2, 5, 3)));
            Variable w = tape.constant(tensor(DType.FLOAT, Shape.of(4, 3, 3)));
            Variable image = tape.constant(tensor(DType.FLOAT, Shape.of(2, 5, 3, 1)));
            assertThatThrownBy(() -> Conv1d.conv1d(image, w, 1, 0, 1, 1))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("conv1d: x FLOAT[2, 5, 3, 1] must be [N, L, I]");
            assertThatThrownBy(() -> Conv1d.conv1d(x, image, 1, 0, 1, 1))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("[O, I/groups, k]");
            assertThatThrownBy(() -> Conv1d.conv1d(x, w, 0, 0, 1, 1))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith("conv1d: window: ");
            assertThatThrownBy(() -> Conv1d.conv1d(x, w, 1, 0, 3, 1))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith("conv1d: ")
                    .hasMessageContaining("width 5");
        }
    }
}
