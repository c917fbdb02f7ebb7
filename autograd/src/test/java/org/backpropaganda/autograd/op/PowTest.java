package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
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

class PowTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Pow(3), in()),
                OpCase.of(new Pow(3), in(1)),
                OpCase.of(new Pow(3), in(1, 1, 5)),
                OpCase.of(new Pow(3), in(3, 5, 7)),
                OpCase.of(new Pow(3), in(2, 1, 9, 1)),
                OpCase.of(new Pow(2), in(2, 7)),
                OpCase.of(new Pow(1), in(2, 7)),
                OpCase.of(new Pow(0), in(2, 7)),
                OpCase.of(new Pow(0), in(3).of(0, 1, -2)).named("at zero"),
                OpCase.of(new Pow(1), in(3).of(0, 1, -2)).named("at zero"),
                OpCase.of(new Pow(2), in(3).of(0, 1, -2)).named("at zero"),
                OpCase.of(new Pow(0.5), in(2, 7).within(0.1, 4)),
                OpCase.of(new Pow(-1.5), in(2, 7).within(0.5, 4)),
                OpCase.of(new Pow(-2), in(2, 7).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Pow(3), spec(2), spec(2)), Refusal.of(new Pow(3), spec(DType.INT, 4)));
    }

    @Test
    void golden() {
        Golden cube = Golden.of(new Pow(3), in(3).of(-2, 0, 0.5));
        assertThat(cube.output()).containsExactly(-8.0, 0.0, 0.125);
        assertThat(cube.gradients().get(0)).containsExactly(12.0, 0.0, 0.75);
        Golden inverse = Golden.of(new Pow(-1), in(2).of(4, -0.5));
        assertThat(inverse.output()).containsExactly(0.25, -2.0);
        assertThat(inverse.gradients().get(0)).containsExactly(-0.0625, -4.0);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void atZero(DType dtype) {
        assertThat(Golden.of(dtype, new Pow(0.5), in().of(0)).gradients().get(0))
                .containsExactly(Double.POSITIVE_INFINITY);
        assertThat(Golden.of(dtype, new Pow(1), in().of(0)).gradients().get(0)).containsExactly(1.0);
        assertThat(Golden.of(dtype, new Pow(2), in().of(0)).gradients().get(0)).containsExactly(0.0);
        Golden constant = Golden.of(dtype, new Pow(0), in(2).of(0, -3));
        assertThat(constant.output()).containsExactly(1.0, 1.0);
        assertThat(constant.gradients().get(0)).containsExactly(0.0, 0.0);
    }
}
