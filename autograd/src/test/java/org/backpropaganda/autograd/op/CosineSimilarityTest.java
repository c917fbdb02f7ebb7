package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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

class CosineSimilarityTest {
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
        for (long[] dims : new long[][] {{5}, {3, 4}, {1, 1, 5}, {2, 3, 4}}) {
            GradientCheck.seeded(1)
                    .check(x -> CosineSimilarity.cosineSimilarity(x.get(0), x.get(1)), random(1, dims), random(2, dims))
                    .orThrow();
        }
    }

    @Test
    void gradientsOfTheEmbeddingLoss() {
        Tensor labels = scope.allocate(Shape.of(4), DType.INT).set(1, -1, 1, -1);
        GradientCheck.seeded(1)
                .constants(2)
                .check(
                        x -> CosineEmbeddingLoss.cosineEmbeddingLoss(x.get(0), x.get(1), x.get(2), -0.5),
                        random(3, 4, 6),
                        random(4, 4, 6),
                        labels)
                .orThrow();
    }

    /** The same direction, a right angle, the opposite, 60 degrees; lengths do not matter. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        double tolerance = dtype == DType.FLOAT ? 1e-6 : 1e-7;
        double[] expected = {1, 0, -1, 0.5};
        try (Tape tape = Tape.training(scope, 0)) {
            Variable a = tape.leaf(of(dtype, Shape.of(4, 2), 1, 2, 1, 1, 3, -4, 1, 0));
            Variable b = tape.leaf(of(dtype, Shape.of(4, 2), 10_000, 20_000, -1, 1, -3, 4, 0.5, Math.sqrt(0.75)));
            double[] actual = CosineSimilarity.cosineSimilarity(a, b).value().toDoubles();
            for (int i = 0; i < 4; i++) {
                assertThat(actual[i]).isCloseTo(expected[i], within(tolerance));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void zeroVectorsAreOrthogonalToAll(DType dtype) {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable a = tape.leaf(of(dtype, Shape.of(2), 0, 0));
            Variable b = tape.leaf(of(dtype, Shape.of(2), 3, 4));
            Variable cosine = CosineSimilarity.cosineSimilarity(a, b);
            assertThat(cosine.value().item()).isZero();
            tape.backward(cosine).close();
            for (Variable leaf : List.of(a, b)) {
                Tensor gradient = tape.gradient(leaf);
                assertThat(gradient).isNotNull();
                for (double g : gradient.toDoubles()) {
                    assertThat(g).isFinite();
                }
            }
        }
    }

    @Test
    void holdsTheVectorsAndAFewNumbersAVector() {
        try (Tape tape = Tape.training(scope, 0)) {
            CosineSimilarity.cosineSimilarity(tape.leaf(random(1, 3, 100)), tape.leaf(random(2, 3, 100)));
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isLessThan(2 * 3 * 100 * 8 + 3 * 8 * 8);
        }
    }

    @Test
    void refusesOtherShapes() {
        try (Tape tape = Tape.training(scope, 0)) {
            Variable a = tape.leaf(random(1, 2, 3));
            Variable b = tape.leaf(random(2, 3));
            assertThatThrownBy(() -> CosineSimilarity.cosineSimilarity(a, b))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("[2, 3] and [3]");
        }
    }
}
