package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SoftmaxCrossEntropyTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new SoftmaxCrossEntropy(), in(4, 5), labels(5, 4)),
                OpCase.of(new SoftmaxCrossEntropy(), in(1, 2), labels(2, 1)),
                OpCase.of(new SoftmaxCrossEntropy(), in(3, 1), labels(1, 3)).named("one class"),
                OpCase.of(new SoftmaxCrossEntropy(), in(17, 33), labels(33, 17)),
                OpCase.of(new SoftmaxCrossEntropy(), in(4, 3).within(-1000, 1000), labels(3, 4))
                        .named("extreme"),
                OpCase.of(
                                new SoftmaxCrossEntropy(),
                                in(2, 3).of(80, -80, 0, -1000, 1000, 0),
                                labels(3, 2).of(1, 0))
                        .named("underflow"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new SoftmaxCrossEntropy(), spec(4), spec(DType.INT, 4)),
                Refusal.of(new SoftmaxCrossEntropy(), spec(4, 3), spec(DType.INT, 3)),
                Refusal.of(new SoftmaxCrossEntropy(), spec(4, 3), spec(4)),
                Refusal.of(new SoftmaxCrossEntropy(), spec(DType.INT, 4, 3), spec(DType.INT, 4)),
                Refusal.of(new SoftmaxCrossEntropy(), spec(4, 3)));
    }

    @Test
    void equalLogitsCostTheLogarithmOfTheClasses() {
        Golden golden = Golden.of(
                new SoftmaxCrossEntropy(), in(1, 4).of(3, 3, 3, 3), labels(4, 1).of(2));
        assertThat(golden.output().get(0)).isCloseTo(Math.log(4), within(1e-15));
        assertThat(golden.gradients().get(0)).containsExactly(0.25, 0.25, -0.75, 0.25);
    }

    /** Where the probability of the label underflows, the loss is the difference of the logits. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void doesNotUnderflow(DType dtype) {
        Golden golden = Golden.of(
                dtype,
                new SoftmaxCrossEntropy(),
                in(1, 2).of(-2000, 2000),
                labels(2, 1).of(0));
        assertThat(golden.output()).containsExactly(4000.0);
        assertThat(golden.gradients().get(0)).containsExactly(-1.0, 1.0);
    }

    @Test
    void labelsAreClasses() {
        assertThatThrownBy(() -> Golden.of(
                        new SoftmaxCrossEntropy(), in(2, 3), labels(3, 2).of(0, 3)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("crossEntropy: label 3 at index 1 is not within [0, 3)");
        assertThatThrownBy(() -> Golden.of(
                        new SoftmaxCrossEntropy(), in(2, 3), labels(3, 2).of(-1, 0)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("label -1 at index 0");
    }
}
