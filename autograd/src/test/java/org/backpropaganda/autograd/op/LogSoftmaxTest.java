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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LogSoftmaxTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new LogSoftmax(0), in(1)),
                OpCase.of(new LogSoftmax(0), in(7)),
                OpCase.of(new LogSoftmax(1), in(3, 5)),
                OpCase.of(new LogSoftmax(0), in(3, 5)),
                OpCase.of(new LogSoftmax(2), in(1, 1, 5)),
                OpCase.of(new LogSoftmax(1), in(2, 3, 4)),
                OpCase.of(new LogSoftmax(0), in(4, 1, 3)),
                OpCase.of(new LogSoftmax(3), in(2, 3, 2, 5)),
                OpCase.of(new LogSoftmax(1), in(2, 3, 2, 5)),
                OpCase.of(new LogSoftmax(1), in(17, 33)).named("rows"),
                OpCase.of(new LogSoftmax(1), in(4, 6).within(-1000, 1000)).named("extreme"),
                OpCase.of(new LogSoftmax(1), in(3, 700, 3)).named("long"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new LogSoftmax(0), spec(2), spec(2)),
                Refusal.of(new LogSoftmax(0), spec(DType.INT, 4)),
                Refusal.of(new LogSoftmax(0), spec()),
                Refusal.of(new LogSoftmax(2), spec(2, 3)),
                Refusal.of(new LogSoftmax(-1), spec(2, 3)));
    }

    /** With ones for dy the gradient is 1 − n p. */
    @Test
    void golden() {
        Golden golden = Golden.of(new LogSoftmax(0), in(2).of(1, 0));
        double p = 1 / (1 + Math.exp(-1));
        assertThat(golden.output().get(0)).isCloseTo(Math.log(p), within(1e-15));
        assertThat(golden.output().get(1)).isCloseTo(Math.log(1 - p), within(1e-15));
        assertThat(golden.gradients().get(0).get(0)).isCloseTo(1 - 2 * p, within(1e-15));
        assertThat(golden.gradients().get(0).get(1)).isCloseTo(2 * p - 1, within(1e-15));
    }

    @Test
    void sumsRunAlongTheAxis() {
        Golden golden = Golden.of(new LogSoftmax(0), in(2, 2).of(0, 1, 0, 1));
        assertThat(golden.output()).containsExactly(-Math.log(2), -Math.log(2), -Math.log(2), -Math.log(2));
    }

    /** Where the softmax underflows its logarithm is the difference of the inputs. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void largeInputs(DType dtype) {
        Golden golden = Golden.of(dtype, new LogSoftmax(1), in(1, 2).of(-10_000, 10_000));
        assertThat(golden.output()).containsExactly(-20_000.0, 0.0);
        assertThat(golden.gradients().get(0)).containsExactly(1.0, -1.0);
    }
}
