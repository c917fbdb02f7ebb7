package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AbsTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Abs(), in().awayFromZero()),
                OpCase.of(new Abs(), in(1).awayFromZero()),
                OpCase.of(new Abs(), in(1, 1, 5).awayFromZero()),
                OpCase.of(new Abs(), in(3, 5, 7).awayFromZero()),
                OpCase.of(new Abs(), in(2, 1, 9, 1).awayFromZero()),
                OpCase.of(new Abs(), in(8195).awayFromZero()).named("several pieces of bits"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Abs(), spec(2), spec(2)), Refusal.of(new Abs(), spec(DType.INT, 4)));
    }

    /** The derivative at 0 is 0. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden = Golden.of(dtype, new Abs(), in(4).of(-3, 0, -0.0, 2));
        assertThat(golden.output()).containsExactly(3.0, 0.0, 0.0, 2.0);
        assertThat(golden.gradients().get(0).stream().map(g -> g + 0.0)).containsExactly(-1.0, 0.0, 0.0, 1.0);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void infinities(DType dtype) {
        Golden golden = Golden.of(dtype, new Abs(), in(2).of(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY));
        assertThat(golden.output()).containsExactly(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
        assertThat(golden.gradients().get(0)).containsExactly(-1.0, 1.0);
    }
}
