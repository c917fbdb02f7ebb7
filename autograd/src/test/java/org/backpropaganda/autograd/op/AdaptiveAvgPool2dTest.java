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

class AdaptiveAvgPool2dTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new AdaptiveAvgPool2d(2, 3), in(2, 5, 7, 3)),
                OpCase.of(new AdaptiveAvgPool2d(1, 1), in(2, 3, 4, 2)),
                OpCase.of(new AdaptiveAvgPool2d(3, 4), in(1, 3, 4, 2)).named("the same size"),
                OpCase.of(new AdaptiveAvgPool2d(5, 3), in(1, 2, 3, 1)).named("more than there is"),
                OpCase.of(new AdaptiveAvgPool2d(4, 1), in(3, 6, 1, 2)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new AdaptiveAvgPool2d(0, 1), spec(1, 4, 4, 2)),
                Refusal.of(new AdaptiveAvgPool2d(1, -1), spec(1, 4, 4, 2)),
                Refusal.of(new AdaptiveAvgPool2d(2, 2), spec(4, 4, 2)),
                Refusal.of(new AdaptiveAvgPool2d(2, 2), spec(DType.INT, 1, 4, 4, 2)),
                Refusal.of(new AdaptiveAvgPool2d(2, 2), spec(1, 4, 4, 2), spec(1, 4, 4, 2)));
    }

    /** Three windows of two over five columns: [0, 2), [1, 4), [3, 5). */
    @Test
    void golden() {
        Golden golden = Golden.of(new AdaptiveAvgPool2d(1, 3), in(1, 1, 5, 1).of(1, 3, 5, 10, 20));
        assertThat(golden.output()).containsExactly(2.0, 6.0, 15.0);
        double third = 1.0 / 3;
        assertThat(golden.gradients()).containsExactly(List.of(0.5, 0.5 + third, third, third + 0.5, 0.5));
    }
}
