package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class TransposeTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Transpose(List.of(1, 0)), in(3, 4)),
                OpCase.of(new Transpose(List.of(0, 1)), in(3, 4)),
                OpCase.of(new Transpose(List.of(2, 0, 1)), in(2, 3, 4)),
                OpCase.of(new Transpose(List.of(0, 3, 1, 2)), in(2, 3, 4, 5)),
                OpCase.of(new Transpose(List.of(0)), in(5)),
                OpCase.of(new Transpose(List.of()), in()),
                OpCase.of(new Transpose(List.of(1, 0)), in(1, 7)),
                OpCase.of(new Transpose(List.of(2, 1, 0)), in(1, 1, 3)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Transpose(List.of(0, 0)), spec(2, 3)),
                Refusal.of(new Transpose(List.of(1, 0)), spec(2, 3, 4)),
                Refusal.of(new Transpose(List.of(1, 0)), spec(DType.INT, 2, 3)),
                Refusal.of(new Transpose(List.of(1, 0)), spec(2, 3), spec(2, 3)));
    }

    @Test
    void golden() {
        assertThat(Golden.of(new Transpose(List.of(1, 0)), in(2, 3).of(1, 2, 3, 4, 5, 6))
                        .output())
                .containsExactly(1.0, 4.0, 2.0, 5.0, 3.0, 6.0);
    }
}
