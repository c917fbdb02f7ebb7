package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HardswishTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Hardswish(), in()),
                OpCase.of(new Hardswish(), in(1)),
                OpCase.of(new Hardswish(), in(1, 1, 5)),
                OpCase.of(new Hardswish(), in(3, 5, 7)),
                OpCase.of(new Hardswish(), in(2, 1, 9, 1)),
                OpCase.of(
                                new Hardswish(),
                                in(40).within(-6, 6).awayFrom(-3, 0.05).awayFrom(3, 0.05))
                        .named("all pieces"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Hardswish(), spec(2), spec(2)), Refusal.of(new Hardswish(), spec(DType.INT, 4)));
    }

    /** The derivative at -3 is 0, at 3 it is 1. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden = Golden.of(dtype, new Hardswish(), in(6).of(-4, -3, 0, 1.5, 3, 4));
        double tolerance = dtype == DType.FLOAT ? 1e-6 : 1e-15;
        assertClose(golden.output(), tolerance, 0, 0, 0, 1.125, 3, 4);
        assertClose(golden.gradients().get(0), tolerance, 0, 0, 0.5, 1, 1, 1);
    }

    private static void assertClose(List<Double> actual, double tolerance, double... expected) {
        assertThat(actual).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual.get(i)).as("element %d", i).isCloseTo(expected[i], within(tolerance));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void largeInputs(DType dtype) {
        Golden golden = Golden.of(dtype, new Hardswish(), in(2).of(-10_000, 10_000));
        assertThat(golden.output().get(0) + 0.0).isEqualTo(0.0);
        assertThat(golden.output().get(1)).isEqualTo(10_000.0);
        assertThat(golden.gradients().get(0).get(0) + 0.0).isEqualTo(0.0);
        assertThat(golden.gradients().get(0).get(1)).isEqualTo(1.0);
    }
}
