package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class L1LossTest {
    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope scope = engine.scope("test");

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor random(long seed, long... dims) {
        Tensor tensor = scope.allocate(Shape.of(dims), DType.DOUBLE);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -2, 2).toArray());
    }

    private Tensor of(DType dtype, Shape shape, double... values) {
        return scope.allocate(shape, dtype).set(values);
    }

    @Test
    void gradientsAreThoseOfFiniteDifferences() {
        for (long[] dims : new long[][] {{}, {1}, {1, 1, 5}, {3, 4, 5}}) {
            GradientCheck.seeded(1)
                    .check(x -> L1Loss.l1Loss(x.get(0), x.get(1)), random(1, dims), random(2, dims))
                    .orThrow();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable a = tape.leaf(of(dtype, Shape.of(4), 1, 5, 2, 10_000));
            Variable b = tape.leaf(of(dtype, Shape.of(4), 2, 2, 2, -10_000));
            Variable loss = L1Loss.l1Loss(a, b);
            assertThat(loss.value().item()).isEqualTo(5001.0);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                    .as("two bits an element, in bytes of their own")
                    .isEqualTo(2);
            tape.backward(loss).close();
            assertThat(gradient(tape, a)).containsExactly(-0.25, 0.25, 0, 0.25);
            assertThat(gradient(tape, b)).containsExactly(0.25, -0.25, 0, -0.25);
        }
    }

    @Test
    void whatLiesBetweenIsLetGo() {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable a = tape.leaf(random(1, 100));
            Variable b = tape.leaf(random(2, 100));
            long base = engine.ledger().liveBytes(MemoryKind.TEMPORARY);
            Variable loss = L1Loss.l1Loss(a, b);
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY) - base)
                    .as("the loss alone")
                    .isEqualTo(loss.spec().bytes());
        }
    }

    private static double[] gradient(Tape tape, Variable leaf) {
        Tensor gradient = tape.gradient(leaf);
        assertThat(gradient).isNotNull();
        double[] values = gradient.toDoubles();
        for (int i = 0; i < values.length; i++) {
            values[i] += 0.0;
        }
        return values;
    }

    @Test
    void refusesOtherShapes() {
        try (Tape tape = Tape.training(scope, 0)) {
            List<Variable> x = List.of(tape.leaf(random(1, 2, 3)), tape.leaf(random(2, 3)));
            assertThatThrownBy(() -> L1Loss.l1Loss(x.get(0), x.get(1)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("l1Loss: shapes differ: [2, 3] and [3]");
        }
    }
}
