package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class GatherTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Gather(1), in(3, 4), labels(4, 3, 2)),
                OpCase.of(new Gather(0), in(3, 4), labels(3, 5, 4)).named("more than there are"),
                OpCase.of(new Gather(1), in(2, 3, 4), labels(3, 2, 2, 3)).named("another axis cut short"),
                OpCase.of(new Gather(2), in(2, 3, 4), labels(4, 1, 2, 6)),
                OpCase.of(new Gather(0), in(5), labels(2, 7)).named("two elements many times"),
                OpCase.of(new Gather(0), in(1, 1), labels(1, 1, 1)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Gather(2), spec(2, 2), spec(DType.INT, 2, 2)),
                Refusal.of(new Gather(-1), spec(2, 2), spec(DType.INT, 2, 2)),
                Refusal.of(new Gather(1), spec(2, 2), spec(DType.INT, 3, 2)),
                Refusal.of(new Gather(1), spec(2, 2), spec(DType.INT, 2)),
                Refusal.of(new Gather(1), spec(2, 2), spec(2, 2)),
                Refusal.of(new Gather(1), spec(DType.INT, 2, 2), spec(DType.INT, 2, 2)),
                Refusal.of(new Gather(0), spec(), spec(DType.INT)),
                Refusal.of(new Gather(1), spec(2, 2)));
    }

    /** The example in the documentation of PyTorch's {@code gather}. */
    @Test
    void golden() {
        Golden golden = Golden.of(
                new Gather(1), in(2, 2).of(1, 2, 3, 4), labels(2, 2, 2).of(0, 0, 1, 0));
        assertThat(golden.output()).containsExactly(1.0, 1.0, 4.0, 3.0);
        assertThat(golden.gradients().get(0)).isEqualTo(List.of(2.0, 0.0, 1.0, 1.0));
    }

    @Test
    void refusesANumberOutsideTheAxis() {
        for (int wrong : new int[] {-1, 3}) {
            assertThatThrownBy(() -> Golden.of(
                            new Gather(1), in(1, 3).of(1, 2, 3), labels(3, 1, 2).of(0, wrong)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("gather: index " + wrong + " at element 1 is not within [0, 3), axis 1 of x [1, 3]");
        }
    }
}
