package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AvgPool2dTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new AvgPool2d(Window.square(2, 2, 0), true), in(1, 4, 4, 2)),
                OpCase.of(new AvgPool2d(Window.square(2, 2, 0), false), in(1, 4, 4, 2)),
                OpCase.of(new AvgPool2d(Window.square(3, 1, 1), true), in(2, 4, 5, 3)),
                OpCase.of(new AvgPool2d(Window.square(3, 1, 1), false), in(2, 4, 5, 3)),
                OpCase.of(new AvgPool2d(Window.square(3, 2, 1), true), in(1, 5, 6, 1)),
                OpCase.of(new AvgPool2d(Window.square(3, 2, 1), false), in(1, 5, 6, 1)),
                OpCase.of(new AvgPool2d(Window.square(1, 1, 0), true), in(2, 2, 2, 2)),
                OpCase.of(new AvgPool2d(Window.square(1, 1, 0), false), in(2, 2, 2, 2)),
                OpCase.of(new AvgPool2d(Window.square(2, 2, 0), true), in(1, 5, 5, 17)),
                OpCase.of(new AvgPool2d(Window.square(2, 2, 0), false), in(1, 5, 5, 17)),
                OpCase.of(new AvgPool2d(new Window(2, 3, 1, 2, 1, 0, 2, 1), true), in(1, 5, 6, 2)),
                OpCase.of(new AvgPool2d(new Window(2, 3, 1, 2, 1, 0, 2, 1), false), in(1, 5, 6, 2)),
                OpCase.of(new AvgPool2d(Window.square(3, 3, 0), true), in(1, 3, 3, 1)),
                OpCase.of(new AvgPool2d(Window.square(3, 3, 0), false), in(1, 3, 3, 1)),
                OpCase.of(new AvgPool2d(Window.square(2, 3, 0), true), in(1, 6, 7, 2)),
                OpCase.of(new AvgPool2d(Window.square(2, 3, 0), false), in(1, 6, 7, 2)),
                OpCase.of(new AvgPool2d(new Window(1, 2, 1, 1, 0, 1, 1, 2), true), in(1, 3, 1, 2))
                        .named("padding alone"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new AvgPool2d(Window.square(2, 2, 0), true), spec(4, 4, 2)),
                Refusal.of(new AvgPool2d(Window.square(2, 1, 2), true), spec(1, 4, 4, 2)),
                Refusal.of(new AvgPool2d(Window.square(5, 1, 0), true), spec(1, 4, 4, 2)),
                Refusal.of(new AvgPool2d(Window.square(2, 2, 0), true), spec(1, 4, 4, 2), spec(1, 4, 4, 2)),
                Refusal.of(new AvgPool2d(Window.square(2, 2, 0), true), spec(DType.INT, 1, 4, 4, 2)),
                Refusal.of(new AvgPool2d(new Window(1, 2, 1, 1, 0, 1, 1, 2), false), spec(1, 3, 1, 2)));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Input x = in(1, 2, 2, 1).of(4, 8, 12, 16);
        Window window = Window.square(2, 2, 1);
        assertThat(Golden.of(dtype, new AvgPool2d(window, true), x).output()).containsExactly(1.0, 2.0, 3.0, 4.0);
        assertThat(Golden.of(dtype, new AvgPool2d(window, false), x).output()).containsExactly(4.0, 8.0, 12.0, 16.0);
    }
}
