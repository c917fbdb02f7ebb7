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

class SigmoidCrossEntropyTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new SigmoidCrossEntropy(), in(), in().within(0, 1)),
                OpCase.of(new SigmoidCrossEntropy(), in(1), in(1).within(0, 1)),
                OpCase.of(new SigmoidCrossEntropy(), in(7), in(7).within(0, 1)),
                OpCase.of(new SigmoidCrossEntropy(), in(1, 1, 5), in(1, 1, 5).within(0, 1)),
                OpCase.of(new SigmoidCrossEntropy(), in(3, 4, 5), in(3, 4, 5).within(0, 1)),
                OpCase.of(
                                new SigmoidCrossEntropy(),
                                in(9).within(-90, 90),
                                in(9).within(0, 1).constant())
                        .named("saturated"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new SigmoidCrossEntropy(), spec(2, 3), spec(3)),
                Refusal.of(new SigmoidCrossEntropy(), spec(2), spec(DType.DOUBLE, 2)),
                Refusal.of(new SigmoidCrossEntropy(), spec(2)));
    }

    /** The definition, −(t log p + (1 − t) log(1 − p)). */
    @Test
    void golden() {
        Golden golden = Golden.of(new SigmoidCrossEntropy(), in(2).of(0.5, -2), in(2).of(1, 0.25));
        double p = 1 / (1 + Math.exp(-0.5));
        double q = 1 / (1 + Math.exp(2));
        double expected = -(Math.log(p) + 0.25 * Math.log(q) + 0.75 * Math.log(1 - q)) / 2;
        assertThat(golden.output().get(0)).isCloseTo(expected, within(1e-15));
        assertThat(golden.gradients().get(0).get(0)).isCloseTo((p - 1) / 2, within(1e-15));
        assertThat(golden.gradients().get(0).get(1)).isCloseTo((q - 0.25) / 2, within(1e-15));
        assertThat(golden.gradients().get(1)).containsExactly(-0.25, 1.0);
    }

    /** Sure and right costs nothing, sure and wrong costs the logit. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void largeLogits(DType dtype) {
        Golden golden = Golden.of(
                dtype, new SigmoidCrossEntropy(), in(4).of(-10_000, 10_000, -10_000, 10_000), in(4).of(0, 1, 1, 0));
        assertThat(golden.output()).containsExactly(5000.0);
        assertThat(golden.gradients().get(0)).containsExactly(0.0, 0.0, -0.25, 0.25);
    }
}
