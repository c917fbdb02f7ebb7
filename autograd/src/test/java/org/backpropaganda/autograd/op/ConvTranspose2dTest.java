package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConvTranspose2dTest extends OpContract {
    private static final Window W = Window.square(3, 2, 1);

    private static ConvTranspose2d op(Window window, int groups, long height, long width) {
        return new ConvTranspose2d(window, groups, height, width);
    }

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(op(Window.square(3, 1, 1), 1, 5, 4), in(2, 5, 4, 3), in(3, 4, 3, 3), in(4)),
                OpCase.of(op(W, 1, 5, 7), in(2, 3, 4, 2), in(2, 3, 3, 3)).named("the smaller of two sizes"),
                OpCase.of(op(W, 1, 6, 8), in(2, 3, 4, 2), in(2, 3, 3, 3), in(3)).named("the larger of two sizes"),
                OpCase.of(op(Window.square(2, 2, 0), 1, 4, 6), in(1, 2, 3, 3), in(3, 2, 2, 2), in(2)),
                OpCase.of(op(Window.square(2, 3, 0), 1, 7, 5), in(1, 2, 2, 2), in(2, 1, 2, 2), in(1))
                        .named("pixels that no window reaches"),
                OpCase.of(op(Window.square(3, 1, 2).dilated(2), 1, 4, 5), in(1, 4, 5, 2), in(2, 2, 3, 3)),
                OpCase.of(op(Window.square(3, 1, 1), 2, 4, 4), in(1, 4, 4, 4), in(4, 3, 3, 3), in(6)),
                OpCase.of(op(W, 4, 6, 6), in(2, 3, 3, 4), in(4, 1, 3, 3)).named("depthwise"),
                OpCase.of(op(Window.square(1, 1, 0), 1, 3, 2), in(2, 3, 2, 4), in(4, 5, 1, 1), in(5)),
                OpCase.of(op(Window.square(1, 2, 0), 1, 6, 3), in(1, 3, 2, 2), in(2, 3, 1, 1)),
                OpCase.of(op(new Window(2, 3, 2, 1, 0, 1, 1, 2), 1, 4, 5), in(1, 2, 3, 3), in(3, 2, 2, 3), in(2)),
                OpCase.of(op(new Window(1, 2, 1, 2, 0, 1, 1, 1), 1, 3, 1), in(1, 3, 1, 2), in(2, 1, 1, 2))
                        .named("one channel, one input column"),
                OpCase.of(op(Window.square(4, 1, 0), 1, 4, 4), in(3, 1, 1, 2), in(2, 3, 4, 4)),
                OpCase.of(op(Window.square(4, 2, 1), 1, 8, 8), in(2, 4, 4, 16), in(16, 16, 4, 4), in(16)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(op(W, 1, 5, 5), spec(2, 3, 3, 4), spec(3, 4, 3, 3)),
                Refusal.of(op(W, 2, 5, 5), spec(2, 3, 3, 3), spec(3, 4, 3, 3)),
                Refusal.of(op(W, 0, 5, 5), spec(2, 3, 3, 3), spec(3, 4, 3, 3)),
                Refusal.of(op(W, 1, 5, 5), spec(2, 3, 3, 3), spec(3, 4, 5, 5)),
                Refusal.of(op(W, 1, 7, 5), spec(2, 3, 3, 3), spec(3, 4, 3, 3)),
                Refusal.of(op(W, 1, 5, 4), spec(2, 3, 3, 3), spec(3, 4, 3, 3)),
                Refusal.of(op(W, 1, 0, 5), spec(2, 3, 3, 3), spec(3, 4, 3, 3)),
                Refusal.of(op(Window.square(5, 1, 0), 1, 3, 3), spec(2, 3, 3, 3), spec(3, 4, 5, 5)),
                Refusal.of(op(W, 1, 5, 5), spec(2, 3, 3, 3), spec(3, 4, 3, 3), spec(3)),
                Refusal.of(op(W, 1, 5, 5), spec(3, 3, 3), spec(3, 4, 3, 3)),
                Refusal.of(op(W, 1, 5, 5), spec(2, 3, 3, 3), spec(3, 4, 3)),
                Refusal.of(op(W, 1, 5, 5), spec(2, 3, 3, 3), spec(DType.DOUBLE, 3, 4, 3, 3)),
                Refusal.of(op(W, 1, 5, 5), spec(2, 3, 3, 3)));
    }

    /** Each pixel lays its multiple of the filter, two columns apart; the padding cuts the first column off. */
    @Test
    void golden() {
        Golden golden = Golden.of(
                op(new Window(1, 3, 1, 2, 0, 1, 1, 1), 1, 1, 4),
                in(1, 1, 2, 1).of(1, 10),
                in(1, 1, 1, 3).of(1, 2, 3),
                in(1).of(0.5));
        assertThat(golden.output()).containsExactly(2.5, 13.5, 20.5, 30.5);
        assertThat(golden.gradients()).containsExactly(List.of(5.0, 6.0), List.of(10.0, 11.0, 11.0), List.of(4.0));
    }

    /** Sizes as PyTorch's documentation gives them: (H − 1)·s − 2·p + d·(k − 1) + output padding + 1. */
    @Test
    void outputPaddingIsPyTorchs() {
        Window window = new Window(3, 5, 2, 3, 1, 0, 1, 2);
        assertThat(ConvTranspose2d.padded(window, 1, Shape.of(1, 4, 6, 1), 0, 0))
                .isEqualTo(op(window, 1, 7, 24));
        assertThat(ConvTranspose2d.padded(window, 1, Shape.of(1, 4, 6, 1), 1, 2))
                .isEqualTo(op(window, 1, 8, 26));
        assertThatThrownBy(() -> ConvTranspose2d.padded(window, 1, Shape.of(1, 4, 6, 1), 2, 0))
                .isInstanceOf(ShapeException.class)
                .hasMessage("convtranspose2d: output padding 2x0 of x [1, 4, 6, 1] must be at least 0 and less than the"
                        + " stride 2x3");
        assertThatThrownBy(() -> ConvTranspose2d.padded(window, 1, Shape.of(4, 6, 1), 0, 0))
                .isInstanceOf(ShapeException.class);
    }

    /** Bit for bit what the convolution's own backward gives its input. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void isTheInputGradientOfAConvolution(DType dtype) {
        Window window = new Window(3, 2, 2, 3, 1, 0, 1, 2);
        SplittableRandom random = new SplittableRandom(3);
        try (TensorScope scope = engine().scope("convolution");
                Tape tape = Tape.training(scope, 0)) {
            Tensor w = in(6, 2, 3, 2).draw(scope, dtype, random);
            Variable x = tape.leaf(in(2, 6, 8, 4).draw(scope, dtype, random));
            Variable y = Conv2d.conv2d(x, tape.constant(w), window, 2);
            Tensor dy = in(y.shape()).draw(scope, dtype, random);
            Variable dx = ConvTranspose2d.convTranspose2d(tape.constant(dy), tape.constant(w), window, 2, 6, 8);
            try (Gradients gradients = tape.backward(List.of(y), List.of(dy))) {
                gradients.clear();
                assertThat(dx.value().toDoubles())
                        .containsExactly(tape.gradient(x).toDoubles());
            }
        }
    }
}
