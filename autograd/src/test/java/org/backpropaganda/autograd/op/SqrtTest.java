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

class SqrtTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Sqrt(), in().within(0.1, 4)),
                OpCase.of(new Sqrt(), in(1).within(0.1, 4)),
                OpCase.of(new Sqrt(), in(1, 1, 5).within(0.1, 4)),
                OpCase.of(new Sqrt(), in(3, 5, 7).within(0.1, 4)),
                OpCase.of(new Sqrt(), in(2, 1, 9, 1).within(0.1, 4)),
                OpCase.of(new Sqrt(), in(4).of(1e-3, 1e-2, 1e4, 1e6)).named("small and large"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Sqrt(), spec(2), spec(2)), Refusal.of(new Sqrt(), spec(DType.INT, 4)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Sqrt(), in(3).of(0.25, 1, 16));
        assertThat(golden.output()).containsExactly(0.5, 1.0, 4.0);
        assertThat(golden.gradients().get(0)).containsExactly(1.0, 0.5, 0.125);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void limits(DType dtype) {
        Golden golden = Golden.of(dtype, new Sqrt(), in(2).of(0, Double.POSITIVE_INFINITY));
        assertThat(golden.output()).containsExactly(0.0, Double.POSITIVE_INFINITY);
        assertThat(golden.gradients().get(0)).containsExactly(Double.POSITIVE_INFINITY, 0.0);
    }
}
