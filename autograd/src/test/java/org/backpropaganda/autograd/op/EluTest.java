package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class EluTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Elu(1), in().awayFromZero()),
                OpCase.of(new Elu(1), in(1).awayFromZero()),
                OpCase.of(new Elu(1), in(3, 5, 7).awayFromZero()),
                OpCase.of(new Elu(1), in(2, 1, 9, 1).awayFromZero()),
                OpCase.of(new Elu(0.3), in(7).within(-30, 3).awayFromZero()).named("saturated"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Elu(1), spec(2), spec(2)), Refusal.of(new Elu(1), spec(DType.INT, 4)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Elu(2), in(2).of(-1, 3));
        assertThat(golden.output().get(0)).isCloseTo(2 * Math.expm1(-1), within(1e-15));
        assertThat(golden.output().get(1)).isEqualTo(3.0);
        assertThat(golden.gradients().get(0))
                .first()
                .satisfies(g -> assertThat(g).isCloseTo(2 * Math.exp(-1), within(1e-15)));
    }

    @Test
    void alphaIsPositive() {
        assertThatThrownBy(() -> new Elu(0)).isInstanceOf(ShapeException.class).hasMessageContaining("alpha 0.0");
    }
}
