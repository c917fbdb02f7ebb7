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

class IndexSelectTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new IndexSelect(0, List.of(2L, 0L)), in(3, 4)),
                OpCase.of(new IndexSelect(3, List.of(1L, 2L, 0L)), in(2, 3, 2, 3))
                        .named("channels permuted"),
                OpCase.of(new IndexSelect(1, List.of(1L, 1L, 1L)), in(2, 2, 2)).named("one position three times"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new IndexSelect(2, List.of(0L)), spec(2, 2)),
                Refusal.of(new IndexSelect(0, List.of(2L)), spec(2, 2)),
                Refusal.of(new IndexSelect(0, List.of(-1L)), spec(2, 2)),
                Refusal.of(new IndexSelect(0, List.of()), spec(2, 2)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new IndexSelect(1, List.of(2L, 0L, 2L)), in(2, 3).of(1, 2, 3, 4, 5, 6));
        assertThat(golden.output()).containsExactly(3.0, 1.0, 3.0, 6.0, 4.0, 6.0);
        assertThat(golden.gradients()).containsExactly(List.of(1.0, 0.0, 2.0, 1.0, 0.0, 2.0));
    }
}
