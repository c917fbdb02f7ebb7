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

class CumulativeSumTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new CumulativeSum(), in(5)),
                OpCase.of(new CumulativeSum(), in(3, 4)),
                OpCase.of(new CumulativeSum(), in(2, 3, 1)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new CumulativeSum(), spec()), Refusal.of(new CumulativeSum(), spec(DType.INT, 3)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new CumulativeSum(), in(2, 3).of(1, 2, 3, -1, 0, 4));
        assertThat(golden.output()).containsExactly(1.0, 3.0, 6.0, -1.0, -1.0, 3.0);
        assertThat(golden.gradients()).containsExactly(List.of(3.0, 2.0, 1.0, 3.0, 2.0, 1.0));
    }
}
