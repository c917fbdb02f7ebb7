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

class PadTest extends OpContract {

    private static Pad pad(List<Long> before, List<Long> after, double value) {
        return new Pad(before, after, value);
    }

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(pad(List.of(1L), List.of(2L), 0), in(3)),
                OpCase.of(pad(List.of(0L, 1L, 2L, 0L), List.of(0L, 0L, 1L, 3L), 0.5), in(2, 3, 2, 2)),
                OpCase.of(pad(List.of(0L, 0L), List.of(0L, 0L), 7), in(2, 3)).named("nothing"),
                OpCase.of(pad(List.of(), List.of(), 7), in()).named("a scalar"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(pad(List.of(1L), List.of(1L), 0), spec(2, 2)),
                Refusal.of(pad(List.of(-1L), List.of(1L), 0), spec(2)),
                Refusal.of(pad(List.of(1L), List.of(1L), 0), spec(2), spec(2)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(pad(List.of(0L, 1L), List.of(1L, 0L), 9), in(1, 2).of(1, 2));
        assertThat(golden.output()).containsExactly(9.0, 1.0, 2.0, 9.0, 9.0, 9.0);
        assertThat(golden.gradients()).containsExactly(List.of(1.0, 1.0));
    }
}
