package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class MatMulTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new MatMul(), in(3, 4), in(4, 5)),
                OpCase.of(new MatMul(), in(1, 1), in(1, 1)),
                OpCase.of(new MatMul(), in(1, 7), in(7, 1)),
                OpCase.of(new MatMul(), in(5, 1), in(1, 3)),
                OpCase.of(new MatMul(), in(4, 4), in(4, 4)),
                OpCase.of(new MatMul(), in(17, 33), in(33, 9)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new MatMul(), spec(32, 64), spec(63, 10)),
                Refusal.of(new MatMul(), spec(3), spec(3, 4)),
                Refusal.of(new MatMul(), spec(2, 3, 4), spec(4, 5)),
                Refusal.of(new MatMul(), spec(3, 4), spec(DType.DOUBLE, 4, 5)),
                Refusal.of(new MatMul(), spec(3, 4)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new MatMul(), in(2, 2).of(1, 2, 3, 4), in(2, 2).of(5, 6, 7, 8));
        assertThat(golden.output()).containsExactly(19.0, 22.0, 43.0, 50.0);
        assertThat(golden.gradients()).containsExactly(List.of(11.0, 15.0, 11.0, 15.0), List.of(4.0, 4.0, 6.0, 6.0));
    }

    @Test
    void errorSaysWhatToDo() {
        assertThatThrownBy(() -> new MatMul().infer(List.of(spec(32, 64), spec(63, 10))))
                .hasMessage("matmul: inner sizes differ: a [32, 64], b [63, 10]; transpose b?");
    }
}
