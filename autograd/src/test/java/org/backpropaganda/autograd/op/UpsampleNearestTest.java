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

class UpsampleNearestTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new UpsampleNearest(2), in(2, 3, 2, 3)),
                OpCase.of(new UpsampleNearest(3), in(1, 1, 2, 1)),
                OpCase.of(new UpsampleNearest(1), in(2, 2, 2, 2)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new UpsampleNearest(0), spec(1, 2, 2, 1)),
                Refusal.of(new UpsampleNearest(2), spec(2, 2, 1)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new UpsampleNearest(2), in(1, 1, 2, 1).of(3, 5));
        assertThat(golden.output()).containsExactly(3.0, 3.0, 5.0, 5.0, 3.0, 3.0, 5.0, 5.0);
        assertThat(golden.gradients()).containsExactly(List.of(4.0, 4.0));
    }
}
