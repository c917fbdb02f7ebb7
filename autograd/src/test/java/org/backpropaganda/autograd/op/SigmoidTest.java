package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class SigmoidTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Sigmoid(), in()),
                OpCase.of(new Sigmoid(), in(1)),
                OpCase.of(new Sigmoid(), in(3, 5, 7)),
                OpCase.of(new Sigmoid(), in(2, 1, 9, 1)),
                OpCase.of(new Sigmoid(), in(9).within(-40, 40)).named("saturated"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Sigmoid(), spec(2), spec(2)), Refusal.of(new Sigmoid(), spec(DType.INT, 4)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Sigmoid(), in(2).of(0, 2));
        assertThat(golden.output().get(0)).isEqualTo(0.5);
        assertThat(golden.output().get(1)).isCloseTo(0.8807970779778823, within(1e-15));
        assertThat(golden.gradients().get(0)).first().isEqualTo(0.25);
    }
}
