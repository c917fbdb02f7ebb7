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

class DivideTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Divide(), in(), in().mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(5), in(5).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(3, 4), in(3, 4).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(2, 3, 4), in(4).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(4), in(2, 3, 4).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(2, 1, 4), in(3, 1).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(3, 1), in(2, 1, 4).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(), in(2, 3).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(2, 3), in().mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(1, 1), in(5, 1).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(1), in(1).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(2, 3, 4, 5), in(1, 1, 1, 5).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(3, 4), in(1).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(1, 4), in(3, 1).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)),
                OpCase.of(new Divide(), in(2, 3, 3, 2), in(2, 1, 1, 2).mapped(x -> x < 0 ? x - 0.5 : x + 0.5)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Divide(), spec(2, 3), spec(2)),
                Refusal.of(new Divide(), spec(2), spec(3)),
                Refusal.of(new Divide(), spec(2)),
                Refusal.of(new Divide(), spec(2), spec(DType.DOUBLE, 2)),
                Refusal.of(new Divide(), spec(DType.INT, 2), spec(DType.INT, 2)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Divide(), in(2).of(3, 8), in().of(2));
        assertThat(golden.output()).containsExactly(1.5, 4.0);
        assertThat(golden.gradients()).containsExactly(List.of(0.5, 0.5), List.of(-2.75));
    }
}
