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

class ExpTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Exp(), in()),
                OpCase.of(new Exp(), in(1)),
                OpCase.of(new Exp(), in(1, 1, 5)),
                OpCase.of(new Exp(), in(3, 5, 7)),
                OpCase.of(new Exp(), in(2, 1, 9, 1)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Exp(), spec(2), spec(2)), Refusal.of(new Exp(), spec(DType.INT, 4)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Exp(), in(3).of(-1, 0, 2));
        assertThat(golden.output()).containsExactly(Math.exp(-1), 1.0, Math.exp(2));
        assertThat(golden.gradients().get(0)).isEqualTo(golden.output());
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void underflowsToZero(DType dtype) {
        Golden golden = Golden.of(dtype, new Exp(), in(2).of(-10_000, Double.NEGATIVE_INFINITY));
        assertThat(golden.output()).containsExactly(0.0, 0.0);
        assertThat(golden.gradients().get(0)).containsExactly(0.0, 0.0);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void overflowsToInfinity(DType dtype) {
        Golden golden = Golden.of(dtype, new Exp(), in(2).of(10_000, Double.POSITIVE_INFINITY));
        assertThat(golden.output()).containsExactly(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    }
}
