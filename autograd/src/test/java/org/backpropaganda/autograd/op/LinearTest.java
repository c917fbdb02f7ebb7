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

class LinearTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Linear(), in(3, 4), in(5, 4), in(5)),
                OpCase.of(new Linear(), in(3, 4), in(5, 4)),
                OpCase.of(new Linear(), in(4), in(5, 4), in(5)),
                OpCase.of(new Linear(), in(2, 3, 4), in(1, 4), in(1)),
                OpCase.of(new Linear(), in(1, 1), in(1, 1), in(1)),
                OpCase.of(new Linear(), in(17, 33), in(9, 33), in(9)),
                OpCase.of(new Linear(), in(2, 2, 2, 3), in(3, 3)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Linear(), spec(3, 4), spec(4, 5)),
                Refusal.of(new Linear(), spec(3, 4), spec(5, 4), spec(4)),
                Refusal.of(new Linear(), spec(3, 4), spec(4)),
                Refusal.of(new Linear(), spec(), spec(1, 1)),
                Refusal.of(new Linear(), spec(3, 4), spec(DType.DOUBLE, 5, 4)),
                Refusal.of(new Linear(), spec(3, 4)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Linear(), in(1, 2).of(1, 2), in(2, 2).of(3, 4, 5, 6), in(2).of(0.5, -0.5));
        assertThat(golden.output()).containsExactly(11.5, 16.5);
        assertThat(golden.gradients())
                .containsExactly(List.of(8.0, 10.0), List.of(1.0, 2.0, 1.0, 2.0), List.of(1.0, 1.0));
    }
}
