package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HuberTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Huber(0.75), in(), in()),
                OpCase.of(new Huber(0.75), in(1), in(1)),
                OpCase.of(new Huber(0.75), in(7), in(7)),
                OpCase.of(new Huber(0.75), in(1, 1, 5), in(1, 1, 5)),
                OpCase.of(new Huber(0.75), in(3, 4, 5), in(3, 4, 5)),
                OpCase.of(new Huber(2), in(9).within(-9, 9), in(9)).named("wide"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Huber(0.75), spec(2, 3), spec(3)),
                Refusal.of(new Huber(0.75), spec(2), spec(DType.DOUBLE, 2)),
                Refusal.of(new Huber(0.75), spec(2)));
    }

    /** d²/2 for 0.5, δ (|d| − δ/2) for −3. */
    @Test
    void golden() {
        Golden golden = Golden.of(new Huber(2), in(2).of(1.5, -1), in(2).of(1, 2));
        assertThat(golden.output()).containsExactly((0.125 + 2 * (3 - 1)) / 2);
        assertThat(golden.gradients()).containsExactly(List.of(0.25, -1.0), List.of(-0.25, 1.0));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void largeDifferences(DType dtype) {
        Golden golden = Golden.of(dtype, new Huber(1), in(2).of(-10_000, 10_000), in(2).of(0, 0));
        assertThat(golden.output()).containsExactly(9999.5);
        assertThat(golden.gradients().get(0)).containsExactly(-0.5, 0.5);
    }

    @Test
    void deltaIsPositive() {
        assertThatThrownBy(() -> new Huber(0))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("delta 0.0");
    }
}
