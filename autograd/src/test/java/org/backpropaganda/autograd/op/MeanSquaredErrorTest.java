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

class MeanSquaredErrorTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new MeanSquaredError(), in(), in()),
                OpCase.of(new MeanSquaredError(), in(1), in(1)),
                OpCase.of(new MeanSquaredError(), in(7), in(7)),
                OpCase.of(new MeanSquaredError(), in(3, 4, 5), in(3, 4, 5)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new MeanSquaredError(), spec(2, 3), spec(3)),
                Refusal.of(new MeanSquaredError(), spec(2), spec(DType.DOUBLE, 2)),
                Refusal.of(new MeanSquaredError(), spec(2)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new MeanSquaredError(), in(2).of(1, 5), in(2).of(2, 2));
        assertThat(golden.output()).containsExactly(5.0);
        assertThat(golden.gradients()).containsExactly(List.of(-1.0, 3.0), List.of(1.0, -3.0));
    }
}
