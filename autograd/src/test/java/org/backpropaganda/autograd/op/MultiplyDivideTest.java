package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class MultiplyDivideTest extends OpContract {

    private static Input divisor(long... dims) {
        return in(dims).mapped(x -> x < 0 ? x - 0.5 : x + 0.5);
    }

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new MultiplyDivide(), in(), in(), divisor()),
                OpCase.of(new MultiplyDivide(), in(3, 4), in(3, 4), divisor(3, 4)),
                OpCase.of(new MultiplyDivide(), in(2, 3, 4), in(4), divisor(3, 1)),
                OpCase.of(new MultiplyDivide(), in(4), in(3, 1), divisor(2, 3, 4)),
                OpCase.of(new MultiplyDivide(), in(2, 1, 1), in(1, 3, 1), divisor(1, 1, 5)),
                OpCase.of(new MultiplyDivide(), in(5, 1), in(), divisor(1)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new MultiplyDivide(), spec(2, 3), spec(2), spec(2)),
                Refusal.of(new MultiplyDivide(), spec(2), spec(2), spec(3)),
                Refusal.of(new MultiplyDivide(), spec(2), spec(2)),
                Refusal.of(new MultiplyDivide(), spec(2), spec(2), spec(DType.DOUBLE, 2)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new MultiplyDivide(), in(2).of(3, 8), in().of(4), in().of(2));
        assertThat(golden.output()).containsExactly(6.0, 16.0);
        assertThat(golden.gradients()).containsExactly(List.of(2.0, 2.0), List.of(5.5), List.of(-11.0));
    }

    /** Where both orders of the operations leave the numbers of the type on the way. */
    @Test
    void leavesNoRangeOnTheWay() {
        Golden floats = Golden.of(
                DType.FLOAT,
                new MultiplyDivide(),
                in(4).of(1e30f, 1e-30f, 1e30f, 1e-30f),
                in(4).of(1e30f, 1e-30f, 0, 1),
                in(4).of(1e38f, 1e-38f, 1e-30f, 1e-38f));
        assertThat(floats.output().get(0)).isCloseTo(1e22, withPercentage(1e-4));
        assertThat(floats.output().get(1)).isCloseTo(1e-22, withPercentage(1e-4));
        assertThat(floats.output().get(2)).isZero();
        assertThat(floats.output().get(3)).isCloseTo(1e8, withPercentage(1e-4));
        Golden doubles = Golden.of(
                DType.DOUBLE,
                new MultiplyDivide(),
                in(2).of(0x1p127, 0x1p-126),
                in(2).of(0x1p127, 0x1p-126),
                in(2).of(0x1p-126, 0x1p127));
        assertThat(doubles.output()).containsExactly(0x1p380, 0x1p-379);
    }
}
