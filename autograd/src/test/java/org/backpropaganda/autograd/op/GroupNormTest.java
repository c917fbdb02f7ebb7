package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class GroupNormTest extends OpContract {

    private static GroupNorm groups(int count) {
        return new GroupNorm(count, 1e-5);
    }

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(groups(2), in(2, 3, 2, 6), in(6), in(6)),
                OpCase.of(groups(1), in(3, 4, 3), in(3), in(3)),
                OpCase.of(groups(4), in(2, 3, 3, 4), in(4), in(4)).named("instance"),
                OpCase.of(groups(3), in(2, 9), in(9), in(9)).named("no pixels"),
                OpCase.of(groups(2), in(9, 16, 16, 8), in(8), in(8)).named("several threads"),
                OpCase.of(groups(2), in(2, 3, 4).constant(), in(4), in(4)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(groups(2), spec(2, 4, 3), spec(3), spec(3)),
                Refusal.of(groups(0), spec(2, 4, 3), spec(3), spec(3)),
                Refusal.of(groups(1), spec(2, 4, 3), spec(4), spec(3)),
                Refusal.of(groups(1), spec(3), spec(3), spec(3)));
    }

    /** Two channels, a group each: pixels (1, 0) and (3, 8). */
    @Test
    void golden() {
        Golden golden = Golden.of(new GroupNorm(2, 0), in(1, 2, 2).of(1, 0, 3, 8), in(2).of(1, 2), in(2).of(0, 5));
        assertThat(golden.output()).containsExactly(-1.0, 3.0, 1.0, 7.0);
    }

    /** One group: the mean of 1, 0, 3, 8 is 3, the variance 9.5. */
    @Test
    void oneGroupIsTheWholeImage() {
        Golden golden = Golden.of(new GroupNorm(1, 6.5), in(1, 2, 2).of(1, 0, 3, 8), in(2).of(4, 4), in(2).of(0, 0));
        assertThat(golden.output()).containsExactly(-2.0, -3.0, 0.0, 5.0);
    }
}
