package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MaxPool2dTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new MaxPool2d(Window.square(2, 2, 0)), in(1, 4, 4, 2).distinct()),
                OpCase.of(new MaxPool2d(Window.square(3, 1, 1)), in(2, 4, 5, 3).distinct()),
                OpCase.of(new MaxPool2d(Window.square(3, 2, 1)), in(1, 5, 6, 1).distinct()),
                OpCase.of(new MaxPool2d(Window.square(1, 1, 0)), in(2, 2, 2, 2).distinct()),
                OpCase.of(new MaxPool2d(Window.square(2, 2, 0)), in(1, 5, 5, 17).distinct()),
                OpCase.of(
                        new MaxPool2d(new Window(2, 3, 1, 2, 1, 0, 2, 1)),
                        in(1, 5, 6, 2).distinct()),
                OpCase.of(new MaxPool2d(Window.square(3, 3, 0)), in(1, 3, 3, 1).distinct()),
                OpCase.of(new MaxPool2d(Window.square(2, 3, 0)), in(1, 6, 7, 2).distinct()),
                OpCase.of(
                                new MaxPool2d(Window.square(3, 1, 1)),
                                in(1, 3, 3, 1).mapped(x -> -5 - x).distinct().mapped(x -> x - 9))
                        .named("negative values beside padding"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new MaxPool2d(Window.square(2, 2, 0)), spec(4, 4, 2)),
                Refusal.of(new MaxPool2d(Window.square(2, 1, 2)), spec(1, 4, 4, 2)),
                Refusal.of(new MaxPool2d(Window.square(5, 1, 0)), spec(1, 4, 4, 2)),
                Refusal.of(new MaxPool2d(Window.square(2, 2, 0)), spec(1, 4, 4, 2), spec(1, 4, 4, 2)),
                Refusal.of(new MaxPool2d(Window.square(2, 2, 0)), spec(DType.INT, 1, 4, 4, 2)),
                Refusal.of(new MaxPool2d(Window.square(17, 1, 0)), spec(1, 20, 20, 1)),
                Refusal.of(new MaxPool2d(new Window(2, 1, 1, 1, 1, 0, 2, 1)), spec(1, 1, 3, 2)));
    }

    @Test
    void aWindowOfManyTapsIsTold() {
        MaxPool2d op = new MaxPool2d(Window.square(16, 1, 0));
        assertThatThrownBy(() -> op.infer(List.of(spec(1, 20, 20, 1))))
                .isInstanceOf(ShapeException.class)
                .hasMessage("maxpool2d: a window of 16x16 taps is over 255, for inputs [FLOAT[1, 20, 20, 1]]");
    }

    /** Of equal values the first tap in row-major order wins. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden = Golden.of(
                dtype, new MaxPool2d(Window.square(2, 2, 0)), in(1, 2, 4, 1).of(1, 3, 5, 5, 4, 2, 5, 5));
        assertThat(golden.output()).containsExactly(4.0, 5.0);
        assertThat(golden.gradients().get(0)).containsExactly(0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0);
    }
}
