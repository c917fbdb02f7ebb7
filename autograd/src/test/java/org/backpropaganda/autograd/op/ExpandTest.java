package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExpandTest extends OpContract {

    private static Expand to(long... sizes) {
        return new Expand(Shape.of(sizes));
    }

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(to(3), in()),
                OpCase.of(to(4, 3), in(3)),
                OpCase.of(to(4, 3), in(4, 1)),
                OpCase.of(to(2, 5, 3, 7), in(5, 1, 7)),
                OpCase.of(to(2, 3), in(2, 3)).named("nothing repeated"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(to(2), spec(2), spec(2)),
                Refusal.of(to(4), spec(DType.INT, 4)),
                Refusal.of(to(3), spec(4)),
                Refusal.of(to(4), spec(4, 4)),
                Refusal.of(to(4, 1), spec(4, 4)));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden = Golden.of(dtype, to(2, 2), in(2, 1).of(1, 2));
        assertThat(golden.output()).containsExactly(1.0, 1.0, 2.0, 2.0);
        assertThat(golden.gradients().get(0)).containsExactly(2.0, 2.0);
    }
}
