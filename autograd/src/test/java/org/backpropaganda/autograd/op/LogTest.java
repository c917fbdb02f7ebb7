package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LogTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Log(), in().within(0.1, 4)),
                OpCase.of(new Log(), in(1).within(0.1, 4)),
                OpCase.of(new Log(), in(1, 1, 5).within(0.1, 4)),
                OpCase.of(new Log(), in(3, 5, 7).within(0.1, 4)),
                OpCase.of(new Log(), in(2, 1, 9, 1).within(0.1, 4)),
                OpCase.of(new Log(), in(6).of(1e-3, 1e-2, 0.999, 1.001, 1e3, 1e4))
                        .named("small and large"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Log(), spec(2), spec(2)), Refusal.of(new Log(), spec(DType.INT, 4)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Log(), in(3).of(0.25, 1, 10));
        assertThat(golden.output()).containsExactly(-2 * Math.log(2), 0.0, Math.log(10));
        assertThat(golden.gradients().get(0)).containsExactly(4.0, 1.0, 0.1);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void limits(DType dtype) {
        Golden golden = Golden.of(dtype, new Log(), in(3).of(0, Double.POSITIVE_INFINITY, -1));
        assertThat(golden.output()).containsExactly(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, Double.NaN);
        assertThat(golden.gradients().get(0)).startsWith(Double.POSITIVE_INFINITY, 0.0);
    }
}
