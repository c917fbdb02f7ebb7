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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SiluTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Silu(), in()),
                OpCase.of(new Silu(), in(1)),
                OpCase.of(new Silu(), in(1, 1, 5)),
                OpCase.of(new Silu(), in(3, 5, 7)),
                OpCase.of(new Silu(), in(2, 1, 9, 1)),
                OpCase.of(new Silu(), in(40).within(-30, 30)).named("saturated"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Silu(), spec(2), spec(2)), Refusal.of(new Silu(), spec(DType.INT, 4)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Silu(), in(3).of(0, Math.log(4), -Math.log(4)));
        assertThat(golden.output().get(0)).isZero();
        assertThat(golden.output().get(1)).isCloseTo(0.8 * Math.log(4), within(1e-7));
        assertThat(golden.output().get(2)).isCloseTo(-0.2 * Math.log(4), within(1e-7));
        assertThat(golden.gradients().get(0).get(0)).isEqualTo(0.5);
        assertThat(golden.gradients().get(0).get(1)).isCloseTo(0.8 + 0.16 * Math.log(4), within(1e-7));
        assertThat(golden.gradients().get(0).get(2)).isCloseTo(0.2 - 0.16 * Math.log(4), within(1e-7));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void largeInputs(DType dtype) {
        Golden golden = Golden.of(dtype, new Silu(), in(2).of(-10_000, 10_000));
        assertThat(golden.output().get(0) + 0.0).isEqualTo(0.0);
        assertThat(golden.output().get(1)).isEqualTo(10_000.0);
        assertThat(golden.gradients().get(0).get(0) + 0.0).isEqualTo(0.0);
        assertThat(golden.gradients().get(0).get(1)).isEqualTo(1.0);
    }
}
