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

class ConcatTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Concat(0), in(2), in(3)),
                OpCase.of(new Concat(0), in(2)),
                OpCase.of(new Concat(1), in(2, 3), in(2, 1), in(2, 4)),
                OpCase.of(new Concat(3), in(2, 2, 2, 3), in(2, 2, 2, 3)),
                OpCase.of(new Concat(1), in(2, 2, 3), in(2, 1, 3)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Concat(0), spec(2, 3), spec(2, 4)),
                Refusal.of(new Concat(0), spec(2, 3), spec(2)),
                Refusal.of(new Concat(2), spec(2, 3), spec(2, 3)),
                Refusal.of(new Concat(0), spec(2), spec(DType.DOUBLE, 2)));
    }

    @Test
    void golden() {
        assertThat(Golden.of(new Concat(1), in(2, 1).of(1, 2), in(2, 2).of(3, 4, 5, 6))
                        .output())
                .containsExactly(1.0, 3.0, 4.0, 2.0, 5.0, 6.0);
    }

    @Test
    void joinsSomething() {
        assertThatThrownBy(() -> Concat.concat(0)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> new Concat(0).infer(List.of()))
                .isInstanceOf(ShapeException.class)
                .hasMessageStartingWith("concat: ");
    }
}
