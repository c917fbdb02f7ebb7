package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class BatchNormTest extends OpContract {
    private static final BatchNorm OP = new BatchNorm(1e-5);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(OP, in(5, 3), in(3), in(3)),
                OpCase.of(OP, in(2, 1).of(-1, 1), in(1), in(1)).named("two values"),
                OpCase.of(OP, in(2, 3, 4, 5), in(5), in(5)),
                OpCase.of(OP, in(1, 3, 3, 17), in(17), in(17)),
                OpCase.of(new BatchNorm(0.1), in(4, 3, 2), in(2), in(2)),
                OpCase.of(OP, in(4, 2, 2, 2).within(9, 11), in(2), in(2)).named("far from zero"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(OP, spec(5, 3), spec(3)),
                Refusal.of(OP, spec(3), spec(3), spec(3)),
                Refusal.of(OP, spec(5, 3), spec(5), spec(3)),
                Refusal.of(OP, spec(5, 3), spec(3), spec(1)),
                Refusal.of(OP, spec(5, 3), spec(DType.DOUBLE, 3), spec(3)),
                Refusal.of(OP, spec(1, 3), spec(3), spec(3)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new BatchNorm(0), in(2, 2).of(1, 10, 3, 30), in(2).of(1, 2), in(2).of(0, 5));
        assertThat(golden.output()).containsExactly(-1.0, 3.0, 1.0, 7.0);
        assertThat(golden.gradients().get(1)).allSatisfy(g -> assertThat(g).isCloseTo(0, within(1e-12)));
        assertThat(golden.gradients().get(2)).containsExactly(2.0, 2.0);
    }
}
