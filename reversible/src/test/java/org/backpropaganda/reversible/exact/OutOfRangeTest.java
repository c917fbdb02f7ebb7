package org.backpropaganda.reversible.exact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.reversible.ReversibleSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What fixed point has no place for stops the step, by name, wherever it comes from. */
class OutOfRangeTest {
    /** Two loops' pieces, so that the first offender is looked for on several threads. */
    private static final Shape SHAPE = Shape.of(2, 50_000);

    private static final int PLACE = 70_001;

    /** A step of three blocks whose function gives 0, but something else in one element. */
    private static void step(Kind kind, DType dtype, boolean reversible, Module function, double... entering) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.training(scope, 1)) {
            var couplings = Stream.generate(() -> kind.of(() -> new Sequential(function), FixedPoint.STANDARD))
                    .limit(3)
                    .toList();
            List<Variable> streams = new ArrayList<>();
            for (double value : entering) {
                Tensor stream = scope.allocate(SHAPE, dtype, MemoryKind.INPUT).zero();
                double[] values = new double[(int) SHAPE.elements()];
                values[PLACE] = value;
                values[PLACE + 5] = value;
                streams.add(tape.leaf(stream.set(values)));
            }
            Module body = reversible ? new ReversibleSequence(couplings) : new Sequential(couplings);
            new Sequential(body).call(streams);
        }
    }

    static Stream<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
                for (double value : new double[] {
                    Double.NaN,
                    Double.POSITIVE_INFINITY,
                    Double.NEGATIVE_INFINITY,
                    FixedPoint.STANDARD.range(dtype),
                    -FixedPoint.STANDARD.range(dtype)
                }) {
                    cases.add(Arguments.of(kind, dtype, value));
                }
            }
        }
        return cases.stream();
    }

    private static Module constant(double offset) {
        return new Activation(x -> Scale.scale(x, 0, offset));
    }

    private static Module times(double factor) {
        return new Activation(x -> Scale.scale(x, factor));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aStreamThatEntersIsRefused(Kind kind, DType dtype, double value) {
        for (boolean reversible : new boolean[] {false, true}) {
            for (double[] entering : new double[][] {{value, 0}, {0, value}}) {
                assertThatThrownBy(() -> step(kind, dtype, reversible, constant(0), entering))
                        .isInstanceOf(ArithmeticException.class)
                        .hasMessageStartingWith("exact in 0.0: element 70001 of " + dtype + "[2, 50000], ")
                        .hasMessageContaining(Double.toString(value))
                        .hasMessageContaining("±" + FixedPoint.STANDARD.range(dtype) + ", the range of "
                                + FixedPoint.STANDARD.fractionBits(dtype) + " fraction bits");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatAFunctionGivesIsRefused(Kind kind, DType dtype, double value) {
        double given = Double.isFinite(value) ? 1000 * value : value;
        for (boolean reversible : new boolean[] {false, true}) {
            assertThatThrownBy(() -> step(kind, dtype, reversible, constant(given), 1, 1))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageStartingWith("exact in 0.0: element 0 of ")
                    .hasMessageContaining("does not lie within");
        }
    }

    /** Blocks that grow until the third leaves the range name the third. */
    @Test
    void theBlockIsNamedThatLeavesTheRange() {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            double entering = FixedPoint.STANDARD.range(dtype) / 1000;
            assertThatThrownBy(() -> step(Kind.EXACT, dtype, true, times(3), entering, entering))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageStartingWith("exact in 0.2: element 70001 of ");
        }
    }

    @Test
    void whatLiesWithinTheRangeIsNotRefused() {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            double largest = FixedPoint.STANDARD.range(dtype) - FixedPoint.STANDARD.resolution(dtype);
            for (Kind kind : Kind.values()) {
                step(kind, dtype, true, constant(0), kind == Kind.EXACT_MOMENTUM ? 0 : largest, largest * 0.1);
                step(kind, dtype, true, constant(0), kind == Kind.EXACT_MOMENTUM ? 0 : -largest, -largest * 0.1);
            }
        }
    }

    @Test
    void gridsWithoutRoomAreRefused() {
        assertThatThrownBy(() -> new FixedPoint(24, 30))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("24 fraction bits of FLOAT are not from 0 to 23");
        assertThatThrownBy(() -> new FixedPoint(14, 53)).hasMessageContaining("53 fraction bits of DOUBLE");
        assertThatThrownBy(() -> new FixedPoint(-1, 30)).hasMessageContaining("-1 fraction bits");
        assertThat(new FixedPoint(23, 52).range(DType.FLOAT)).isEqualTo(2);
        assertThat(FixedPoint.STANDARD.range(DType.FLOAT)).isEqualTo(1024);
        assertThat(FixedPoint.STANDARD.range(DType.DOUBLE)).isEqualTo(8_388_608);
        assertThat(FixedPoint.STANDARD.resolution(DType.FLOAT)).isEqualTo(1 / 16384.0);
    }
}
