package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class BatchMatMulTest extends OpContract {
    private static final BatchMatMul OP = new BatchMatMul();

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(OP, in(3, 4), in(4, 5)),
                OpCase.of(OP, in(2, 3, 4), in(2, 4, 5)),
                OpCase.of(OP, in(2, 3, 4, 2), in(2, 3, 2, 6)),
                OpCase.of(OP, in(5, 1, 4), in(5, 4, 1)),
                OpCase.of(OP, in(5, 4, 1), in(5, 1, 4)),
                OpCase.of(OP, in(3, 1, 1), in(3, 1, 1)),
                OpCase.of(OP, in(2, 3, 4).constant(), in(2, 4, 5)),
                OpCase.of(OP, in(2, 3, 4), in(2, 4, 5).constant()));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(OP, spec(2, 3, 4), spec(2, 3, 4)),
                Refusal.of(OP, spec(2, 3, 4), spec(3, 4, 5)),
                Refusal.of(OP, spec(2, 3, 4), spec(4, 5)),
                Refusal.of(OP, spec(4), spec(4)),
                Refusal.of(OP, spec(2, 2)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(OP, in(2, 1, 2).of(1, 2, 3, 4), in(2, 2, 1).of(5, 6, 7, 8));
        assertThat(golden.output()).containsExactly(17.0, 53.0);
        assertThat(golden.gradients()).containsExactly(List.of(5.0, 6.0, 7.0, 8.0), List.of(1.0, 2.0, 3.0, 4.0));
    }
}
