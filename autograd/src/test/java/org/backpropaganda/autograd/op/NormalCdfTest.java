package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NormalCdfTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new NormalCdf(), in()),
                OpCase.of(new NormalCdf(), in(3, 5)),
                OpCase.of(new NormalCdf(), in(7).within(-9, -5)).named("far below"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new NormalCdf(), spec(2), spec(2)), Refusal.of(new NormalCdf(), spec(DType.INT, 4)));
    }

    /** Abramowitz and Stegun 1964, table 26.1. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden = Golden.of(dtype, new NormalCdf(), in(3).of(0, 1, -2));
        assertThat(golden.output().get(0)).isEqualTo(0.5);
        assertThat(golden.output().get(1)).isCloseTo(0.841344746068543, within(1e-7));
        assertThat(golden.output().get(2)).isCloseTo(0.022750131948179, within(1e-8));
        assertThat(golden.gradients().get(0).get(1)).isCloseTo(0.241970724519143, within(1e-7));
    }
}
