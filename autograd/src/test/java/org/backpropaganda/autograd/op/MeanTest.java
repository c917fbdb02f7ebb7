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

class MeanTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Mean(List.of(0), false), in(5)),
                OpCase.of(new Mean(List.of(0, 1), false), in(3, 4)),
                OpCase.of(new Mean(List.of(1), false), in(3, 4)),
                OpCase.of(new Mean(List.of(0), true), in(3, 4)),
                OpCase.of(new Mean(List.of(1, 2), false), in(2, 3, 4, 5)),
                OpCase.of(new Mean(List.of(0, 2), true), in(2, 3, 4)),
                OpCase.of(new Mean(List.of(), false), in(2, 3)),
                OpCase.of(new Mean(List.of(), false), in()),
                OpCase.of(new Mean(List.of(0, 1, 2), false), in(1, 1, 1)),
                OpCase.of(new Mean(List.of(1), false), in(3, 1, 2)),
                OpCase.of(new Mean(List.of(0, 1, 2, 3), true), in(2, 3, 1, 2)),
                OpCase.of(new Mean(List.of(0, 1, 2), false), in(3, 5, 5, 17)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Mean(List.of(2), false), spec(2, 3)),
                Refusal.of(new Mean(List.of(-1), false), spec(2, 3)),
                Refusal.of(new Mean(List.of(0), false), spec(2), spec(2)),
                Refusal.of(new Mean(List.of(0), false), spec(DType.INT, 2)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Mean(List.of(0), false), in(2, 2).of(1, 2, 3, 4));
        assertThat(golden.output()).containsExactly(2.0, 3.0);
        assertThat(golden.gradients()).containsExactly(List.of(0.5, 0.5, 0.5, 0.5));
    }
}
