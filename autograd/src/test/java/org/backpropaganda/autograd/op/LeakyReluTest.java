package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LeakyReluTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new LeakyRelu(0.01), in().awayFromZero()),
                OpCase.of(new LeakyRelu(0.01), in(1).awayFromZero()),
                OpCase.of(new LeakyRelu(0.01), in(3, 5, 7).awayFromZero()),
                OpCase.of(new LeakyRelu(0.01), in(2, 1, 9, 1).awayFromZero()),
                OpCase.of(new LeakyRelu(1.5), in(7).awayFromZero()),
                OpCase.of(new LeakyRelu(-0.5), in(7).awayFromZero()).named("negative slope"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new LeakyRelu(0.01), spec(2), spec(2)), Refusal.of(new LeakyRelu(0.01), spec(DType.INT, 4)));
    }

    /** The derivative at 0 is the slope. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden = Golden.of(dtype, new LeakyRelu(0.25), in(3).of(-1, 0, 2));
        assertThat(golden.output()).containsExactly(-0.25, 0.0, 2.0);
        assertThat(golden.gradients().get(0)).containsExactly(0.25, 0.25, 1.0);
    }
}
