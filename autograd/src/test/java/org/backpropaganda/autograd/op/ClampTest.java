package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClampTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Clamp(-1, 0.5), in().awayFrom(-1, 0.05).awayFrom(0.5, 0.05)),
                OpCase.of(new Clamp(-1, 0.5), in(1).awayFrom(-1, 0.05).awayFrom(0.5, 0.05)),
                OpCase.of(new Clamp(-1, 0.5), in(1, 1, 5).awayFrom(-1, 0.05).awayFrom(0.5, 0.05)),
                OpCase.of(new Clamp(-1, 0.5), in(3, 5, 7).awayFrom(-1, 0.05).awayFrom(0.5, 0.05)),
                OpCase.of(new Clamp(-1, 0.5), in(2, 1, 9, 1).awayFrom(-1, 0.05).awayFrom(0.5, 0.05)),
                OpCase.of(new Clamp(-1, 1), in(8195).awayFrom(-1, 0.05).awayFrom(1, 0.05))
                        .named("several pieces of bits"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Clamp(-1, 0.5), spec(2), spec(2)), Refusal.of(new Clamp(-1, 0.5), spec(DType.INT, 4)));
    }

    /** The derivative at the limits is 1. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden =
                Golden.of(dtype, new Clamp(-1, 0.5), in(6).of(Double.NEGATIVE_INFINITY, -1, -0.25, 0.5, 0.75, 10_000));
        assertThat(golden.output()).containsExactly(-1.0, -1.0, -0.25, 0.5, 0.5, 0.5);
        assertThat(golden.gradients().get(0)).containsExactly(0.0, 1.0, 1.0, 1.0, 0.0, 0.0);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void oneLimitMayBeMissing(DType dtype) {
        Golden golden = Golden.of(dtype, new Clamp(0, Double.POSITIVE_INFINITY), in(3).of(-1, 0, 10_000));
        assertThat(golden.output()).containsExactly(0.0, 0.0, 10_000.0);
        assertThat(golden.gradients().get(0)).containsExactly(0.0, 1.0, 1.0);
    }

    @Test
    void limitsAreInOrder() {
        assertThatThrownBy(() -> new Clamp(1, 0))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("1.0 and 0.0");
        assertThatThrownBy(() -> new Clamp(Double.NaN, 0)).isInstanceOf(ShapeException.class);
    }
}
