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

class TanhTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Tanh(), in()),
                OpCase.of(new Tanh(), in(1)),
                OpCase.of(new Tanh(), in(3, 5, 7)),
                OpCase.of(new Tanh(), in(2, 1, 9, 1)),
                OpCase.of(new Tanh(), in(9).within(-20, 20)).named("saturated"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Tanh(), spec(2), spec(2)), Refusal.of(new Tanh(), spec(DType.INT, 4)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Tanh(), in(2).of(0, 0.5));
        assertThat(golden.output().get(0)).isZero();
        assertThat(golden.output().get(1)).isCloseTo(0.46211715726001, within(1e-14));
        assertThat(golden.gradients().get(0)).first().isEqualTo(1.0);
    }
}
