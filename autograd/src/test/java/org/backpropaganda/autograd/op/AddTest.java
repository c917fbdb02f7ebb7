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

class AddTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Add(), in(), in()),
                OpCase.of(new Add(), in(5), in(5)),
                OpCase.of(new Add(true), in(3, 4), in(3, 4)),
                OpCase.of(new Add(), in(3, 4), in(3, 4)),
                OpCase.of(new Add(), in(2, 3, 4), in(4)),
                OpCase.of(new Add(), in(4), in(2, 3, 4)),
                OpCase.of(new Add(), in(2, 1, 4), in(3, 1)),
                OpCase.of(new Add(), in(3, 1), in(2, 1, 4)),
                OpCase.of(new Add(), in(), in(2, 3)),
                OpCase.of(new Add(), in(2, 3), in()),
                OpCase.of(new Add(), in(1, 1), in(5, 1)),
                OpCase.of(new Add(), in(1), in(1)),
                OpCase.of(new Add(), in(2, 3, 4, 5), in(1, 1, 1, 5)),
                OpCase.of(new Add(), in(3, 4), in(1)),
                OpCase.of(new Add(), in(1, 4), in(3, 1)),
                OpCase.of(new Add(), in(2, 3, 3, 2), in(2, 1, 1, 2)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Add(), spec(2, 3), spec(2)),
                Refusal.of(new Add(), spec(2), spec(3)),
                Refusal.of(new Add(), spec(2)),
                Refusal.of(new Add(), spec(2), spec(DType.DOUBLE, 2)),
                Refusal.of(new Add(), spec(DType.INT, 2), spec(DType.INT, 2)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Add(), in(2, 2).of(1, 2, 3, 4), in(2).of(10, 20));
        assertThat(golden.output()).containsExactly(11.0, 22.0, 13.0, 24.0);
        assertThat(golden.gradients()).containsExactly(List.of(1.0, 1.0, 1.0, 1.0), List.of(2.0, 2.0));
    }
}
