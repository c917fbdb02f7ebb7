package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.SecondOrderStep;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Losses with a gradient in them, through checkpoints. */
class SecondDerivativesTest {
    private static final double BOUND = 1e-10;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 5);
    private final Module first = block();
    private final Module second = new Residual(block());
    private final Module third = block();

    @AfterEach
    void close() {
        engine.close();
    }

    /** Without a bias, whose gradient batch norm makes zero but for rounding. */
    private Module block() {
        return new Sequential(
                new Linear(factory, 4, 4, false), new BatchNorm(factory, 4), Activation.tanh(), new Dropout(0.25));
    }

    private Tensor input() {
        Tensor x = root.allocate(Shape.of(6, 4), DType.DOUBLE, MemoryKind.INPUT);
        return x.set(new SplittableRandom(9).doubles(x.elements(), -1, 1).toArray());
    }

    /** Ways to keep less of {@code first, second, third, second}: a block is called twice. */
    static Stream<String> arrangements() {
        return Stream.of("each", "all", "nested", "segments", "part");
    }

    private Module arranged(String how) {
        return switch (how) {
            case "plain" -> new Sequential(first, second, third, second);
            case "each" ->
                new Sequential(
                        Checkpoint.checkpoint(first),
                        Checkpoint.checkpoint(second),
                        Checkpoint.checkpoint(third),
                        Checkpoint.checkpoint(second));
            case "all" -> Checkpoint.checkpoint(new Sequential(first, second, third, second));
            case "nested" ->
                Checkpoint.checkpoint(
                        new Sequential(Checkpoint.checkpoint(first), second, Checkpoint.checkpoint(third), second));
            case "segments" -> new CheckpointedSequence(List.of(first, second, third, second), 3);
            case "part" -> new Sequential(first, Checkpoint.checkpoint(second), third, second);
            default -> throw new IllegalArgumentException(how);
        };
    }

    @ParameterizedTest
    @MethodSource("arrangements")
    void aGradientPenaltyHasThePlainGradient(String how) {
        SecondOrderStep step = new SecondOrderStep(root, 3);
        Tensor x = input();
        Map<String, double[]> plain = step.gradientPenalty(arranged("plain"), x);
        assertThat(SecondOrderStep.distance(step.gradientPenalty(arranged(how), x), plain))
                .isLessThan(BOUND);
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
    }

    @ParameterizedTest
    @MethodSource("arrangements")
    void theHessianVectorProductIsPlains(String how) {
        SecondOrderStep step = new SecondOrderStep(root, 3);
        Tensor x = input();
        Map<String, double[]> plain = step.hessianVectorProduct(arranged("plain"), x);
        assertThat(plain).hasSizeGreaterThan(8);
        assertThat(SecondOrderStep.distance(step.hessianVectorProduct(arranged(how), x), plain))
                .isLessThan(BOUND);
    }

    /** d³/dx³ of x⁵ = 60 x². */
    @Test
    void aThirdDerivativeGoesThroughACheckpointInACheckpoint() {
        Module square = Checkpoint.checkpoint(new Activation(x -> Multiply.multiply(x, x)));
        Module fifth = Checkpoint.checkpoint(new Activation(x -> Multiply.multiply(square.call(square.call(x)), x)));
        try (Tape tape = Tape.training(root, 1)) {
            Variable x = tape.leaf(root.allocate(Shape.of(2), DType.DOUBLE).set(2, -3));
            Variable y = Sum.sum(fifth.call(x));
            Variable slope = tape.differentiate(y, x).get(0);
            assertThat(slope.value().toDoubles()).containsExactly(80, 405);
            Variable bend = tape.differentiate(Sum.sum(slope), x).get(0);
            assertThat(bend.value().toDoubles()).containsExactly(160, -540);
            tape.backward(Sum.sum(bend)).close();
            assertThat(tape.gradient(x).toDoubles()).containsExactly(240, 540);
        }
    }

    /** What would be recorded is not what ran. */
    @Test
    void weightsThatMovedAreRefused() {
        Linear line = new Linear(factory, 4, 4, true);
        try (Tape tape = Tape.training(root, 1)) {
            Variable x = tape.leaf(input());
            Variable y = Sum.sum(Checkpoint.checkpoint(new Sequential(line, Activation.tanh()))
                    .call(x));
            line.weight().value().fill(1);
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.differentiate(y, x))
                    .withMessageContaining("modified in place by fill");
        }
    }
}
