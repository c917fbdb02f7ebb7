package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class EmbeddingTest extends OpContract {
    private static final Embedding OP = new Embedding();

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(OP, in(5, 3), labels(5, 4)),
                OpCase.of(OP, in(2, 4), labels(2, 3, 5)).named("ids that repeat"),
                OpCase.of(OP, in(7, 1), labels(7, 2, 2, 2)),
                OpCase.of(OP, in(1, 2), labels(1)),
                OpCase.of(OP, in(50, 8), labels(50, 3)).named("few of many rows"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(OP, spec(4), spec(DType.INT, 2)),
                Refusal.of(OP, spec(4, 2), spec(2)),
                Refusal.of(OP, spec(4, 2)));
    }

    @Test
    void golden() {
        Golden golden =
                Golden.of(OP, in(3, 2).of(1, 2, 3, 4, 5, 6), labels(3, 3).of(2, 0, 2));
        assertThat(golden.output()).containsExactly(5.0, 6.0, 1.0, 2.0, 5.0, 6.0);
    }

    @Test
    void refusesAnIdThatNoRowHas() {
        assertThatThrownBy(() -> Golden.of(
                        OP, in(3, 2).of(1, 2, 3, 4, 5, 6), labels(3, 2).of(0, 3)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("embedding: id 3 at index 1 is not within [0, 3)");
    }
}
