package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class RmsNormTest extends OpContract {
    private static final RmsNorm OP = new RmsNorm(1e-6);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(OP, in(4, 6), in(6)),
                OpCase.of(OP, in(2, 3, 5), in(5)),
                OpCase.of(OP, in(7), in(7)),
                OpCase.of(OP, in(600, 40), in(40)).named("several threads"),
                OpCase.of(OP, in(3, 1).awayFromZero(), in(1)).named("one element a row"),
                OpCase.of(OP, in(3, 5).constant(), in(5)),
                OpCase.of(OP, in(3, 5), in(5).constant()));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(OP, spec(2, 3), spec(2)), Refusal.of(OP, spec(2, 3)), Refusal.of(OP, spec(3), spec()));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new RmsNorm(0), in(1, 2).of(3, -4), in(2).of(5, 10));
        double root = Math.sqrt(12.5);
        assertThat(golden.output().get(0)).isCloseTo(15 / root, within(1e-14));
        assertThat(golden.output().get(1)).isCloseTo(-40 / root, within(1e-14));
    }
}
