package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class Conv2dTest extends OpContract {
    private static final Window W = Window.square(3, 1, 1);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Conv2d(Window.square(3, 1, 1), 1), in(2, 5, 5, 3), in(4, 3, 3, 3), in(4)),
                OpCase.of(new Conv2d(Window.square(3, 1, 1), 1), in(1, 4, 5, 2), in(3, 2, 3, 3)),
                OpCase.of(new Conv2d(Window.square(3, 2, 1), 1), in(2, 7, 6, 3), in(2, 3, 3, 3), in(2)),
                OpCase.of(new Conv2d(Window.square(1, 1, 0), 1), in(2, 3, 4, 5), in(6, 5, 1, 1), in(6)),
                OpCase.of(new Conv2d(Window.square(1, 2, 0), 1), in(1, 5, 4, 3), in(2, 3, 1, 1)),
                OpCase.of(new Conv2d(new Window(1, 1, 2, 1, 0, 0, 1, 1), 1), in(2, 6, 4, 3), in(2, 3, 1, 1), in(2))
                        .named("strided 1x1 on few channels"),
                OpCase.of(new Conv2d(new Window(1, 2, 1, 2, 0, 1, 1, 1), 1), in(1, 3, 1, 1), in(2, 1, 1, 2))
                        .named("one channel, one output column"),
                OpCase.of(new Conv2d(Window.square(3, 1, 2).dilated(2), 1), in(1, 6, 5, 2), in(2, 2, 3, 3)),
                OpCase.of(new Conv2d(Window.square(3, 1, 1), 2), in(1, 4, 4, 4), in(6, 2, 3, 3), in(6)),
                OpCase.of(new Conv2d(Window.square(3, 1, 1), 4), in(2, 4, 4, 4), in(4, 1, 3, 3)),
                OpCase.of(new Conv2d(Window.square(3, 2, 1), 3), in(1, 5, 6, 3), in(3, 1, 3, 3), in(3))
                        .named("depthwise, strided"),
                OpCase.of(new Conv2d(Window.square(3, 1, 2).dilated(2), 3), in(1, 4, 5, 3), in(6, 1, 3, 3))
                        .named("two filters a channel, dilated"),
                OpCase.of(new Conv2d(Window.square(1, 2, 0), 2), in(1, 4, 5, 4), in(4, 2, 1, 1), in(4))
                        .named("grouped, strided 1x1"),
                OpCase.of(new Conv2d(new Window(2, 3, 2, 1, 0, 1, 1, 2), 1), in(1, 5, 6, 2), in(3, 2, 2, 3), in(3)),
                OpCase.of(new Conv2d(Window.square(5, 3, 0), 1), in(1, 6, 9, 1), in(1, 1, 5, 5), in(1)),
                OpCase.of(new Conv2d(Window.square(1, 1, 0), 1), in(1, 1, 1, 1), in(1, 1, 1, 1), in(1)),
                OpCase.of(new Conv2d(Window.square(4, 4, 0), 1), in(1, 4, 4, 3), in(2, 3, 4, 4)),
                OpCase.of(new Conv2d(Window.square(3, 1, 1), 1), in(2, 4, 4, 16), in(16, 16, 3, 3), in(16)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Conv2d(W, 1), spec(2, 5, 5, 3), spec(4, 2, 3, 3)),
                Refusal.of(new Conv2d(W, 2), spec(2, 5, 5, 3), spec(4, 3, 3, 3)),
                Refusal.of(new Conv2d(W, 0), spec(2, 5, 5, 3), spec(4, 3, 3, 3)),
                Refusal.of(new Conv2d(W, 1), spec(2, 5, 5, 3), spec(4, 3, 5, 5)),
                Refusal.of(new Conv2d(W, 1), spec(2, 5, 5, 3), spec(4, 3, 3, 3), spec(3)),
                Refusal.of(new Conv2d(W, 1), spec(5, 5, 3), spec(4, 3, 3, 3)),
                Refusal.of(new Conv2d(W, 1), spec(2, 5, 5, 3), spec(4, 3, 3)),
                Refusal.of(new Conv2d(W, 1), spec(2, 5, 5, 3), spec(DType.DOUBLE, 4, 3, 3, 3)),
                Refusal.of(new Conv2d(Window.square(3, 1, 0), 1), spec(2, 2, 5, 3), spec(4, 3, 3, 3)),
                Refusal.of(new Conv2d(W, 1), spec(2, 5, 5, 3)));
    }

    /** A filter of ones sums each 2x2 patch. */
    @Test
    void golden() {
        Golden golden = Golden.of(
                new Conv2d(Window.square(2, 1, 0), 1),
                in(1, 3, 3, 1).of(1, 2, 3, 4, 5, 6, 7, 8, 9),
                in(1, 1, 2, 2).of(1, 1, 1, 1),
                in(1).of(0.5));
        assertThat(golden.output()).containsExactly(12.5, 16.5, 24.5, 28.5);
        assertThat(golden.gradients())
                .containsExactly(
                        List.of(1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 1.0),
                        List.of(12.0, 16.0, 24.0, 28.0),
                        List.of(4.0));
    }

    /** Cross-correlation: the filter is not flipped. */
    @Test
    void doesNotFlipTheFilter() {
        Golden golden = Golden.of(
                new Conv2d(new Window(1, 2, 1, 1, 0, 0, 1, 1), 1),
                in(1, 1, 3, 1).of(1, 2, 4),
                in(1, 1, 1, 2).of(10, 1));
        assertThat(golden.output()).containsExactly(12.0, 24.0);
    }
}
