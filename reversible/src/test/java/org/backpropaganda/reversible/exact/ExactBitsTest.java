package org.backpropaganda.reversible.exact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A sequence of exact couplings computes, to the last bit, what the same couplings compute that store. */
class ExactBitsTest {
    static Stream<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
                for (Functions functions : Functions.values()) {
                    for (int depth : new int[] {1, 8, 64}) {
                        cases.add(Arguments.of(kind, functions, dtype, depth));
                    }
                }
            }
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyNumberOfAStepIsThatOfTheStoringTwin(Kind kind, Functions functions, DType dtype, int depth) {
        Map<String, double[]> expected = ExactStep.numbers(kind, functions, dtype, depth, Sequential::new);
        Map<String, double[]> actual = ExactStep.numbers(kind, functions, dtype, depth, ReversibleSequence::new);
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach(
                (name, numbers) -> assertThat(actual.get(name)).as(name).containsExactly(numbers));
        assertThat(expected.get("input 1"))
                .as("a gradient that tells something")
                .doesNotContain(0.0, Double.NaN);
    }

    /** In FLOAT and DOUBLE, for streams of 15 elements, whose bits do not fill bytes. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void savesTheLastStreamsAndOneBitOfAnElementAndBlockAtMost(Kind kind) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            for (int depth : new int[] {1, 8, 32}) {
                try (Engine engine = Engine.builder().threads(2).build();
                        TensorScope scope = engine.scope("");
                        Tape tape = Tape.training(scope, 3)) {
                    ParameterFactory factory = new ParameterFactory(scope, dtype, 7);
                    List<Coupling> couplings = Stream.generate(
                                    () -> kind.of(() -> bounded(factory), FixedPoint.STANDARD))
                            .limit(depth)
                            .toList();
                    assertThat(couplings.get(0).isExact()).isTrue();
                    assertThat(couplings.get(0).bitsPerElement()).isEqualTo(kind.bits());
                    Module body = new ReversibleSequence(couplings);
                    Tensor x = scope.allocate(Shape.of(5, 3), dtype, MemoryKind.INPUT)
                            .fill(0.1);
                    body.call(List.of(tape.leaf(x), tape.leaf(x)));
                    long streams = 2 * 15 * dtype.bytes(1);
                    assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                            .isEqualTo(streams + (long) depth * kind.bits() * 2);
                }
            }
        }
    }

    private static Module bounded(ParameterFactory factory) {
        return new Sequential(new Linear(factory, 3, 3, true), Activation.tanh());
    }

    /** In front of the first coupling, streams are had back as they entered it: on the grid. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void streamsDoNotDriftByABit(Kind kind) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            List<Double> errors = new ArrayList<>();
            ExactStep.numbers(
                    kind,
                    Functions.DENSE,
                    dtype,
                    200,
                    couplings -> ReversibleSequence.builder(couplings)
                            .monitor(drift -> errors.add(drift.relativeError()))
                            .build());
            assertThat(errors).hasSize(200);
            assertThat(errors.subList(0, 199)).containsOnly(0.0);
            assertThat(errors.get(199)).isBetween(0.0, FixedPoint.STANDARD.resolution(dtype));
        }
    }
}
