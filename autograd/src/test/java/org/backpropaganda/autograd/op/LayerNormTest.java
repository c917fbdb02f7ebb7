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

class LayerNormTest extends OpContract {
    private static final LayerNorm OP = new LayerNorm(1e-5);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(OP, in(4, 6), in(6), in(6)),
                OpCase.of(OP, in(2, 3, 5), in(5), in(5)),
                OpCase.of(OP, in(2, 3, 4), in(3, 4), in(3, 4)),
                OpCase.of(OP, in(7), in(7), in(7)),
                OpCase.of(OP, in(600, 40), in(40), in(40)).named("several threads"),
                OpCase.of(OP, in(3, 2), in(2), in(2)).named("two elements a row"),
                OpCase.of(OP, in(3, 5).constant(), in(5), in(5)),
                OpCase.of(OP, in(3, 5), in(5).constant(), in(5)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(OP, spec(2, 3), spec(2), spec(2)),
                Refusal.of(OP, spec(2, 3), spec(3), spec(2)),
                Refusal.of(OP, spec(2, 3), spec(3)),
                Refusal.of(OP, spec(3), spec(2, 3), spec(2, 3)),
                Refusal.of(OP, spec(3), spec(), spec()));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new LayerNorm(0), in(2, 2).of(1, 3, -4, 0), in(2).of(2, 10), in(2).of(0, 1));
        assertThat(golden.output()).containsExactly(-2.0, 11.0, -2.0, 11.0);
    }

    @Test
    void whatMovesOrScalesARowChangesNothing() {
        double[] row = {0.5, -1, 2, 4};
        Golden plain = Golden.of(new LayerNorm(0), in(1, 4).of(row), in(4).of(1, 1, 1, 1), in(4).of(0, 0, 0, 0));
        Golden moved =
                Golden.of(new LayerNorm(0), in(1, 4).of(7.5, 3, 12, 18), in(4).of(1, 1, 1, 1), in(4).of(0, 0, 0, 0));
        for (int i = 0; i < row.length; i++) {
            assertThat(moved.output().get(i)).isCloseTo(plain.output().get(i), within(1e-12));
        }
    }
}
