package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class Conv2dWeightGradientTest extends OpContract {
    private static final Window PLAIN = Window.square(3, 1, 1);

    private static Conv2dWeightGradient of(Window window, int groups) {
        return new Conv2dWeightGradient(window, groups);
    }

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(of(Window.square(1, 1, 0), 1), in(1, 1, 1, 1), in(1, 1, 1, 1)),
                OpCase.of(of(PLAIN, 1), in(2, 4, 5, 3), in(2, 4, 5, 2)),
                OpCase.of(of(Window.square(3, 2, 1), 1), in(2, 5, 6, 3), in(2, 3, 3, 4))
                        .named("strided"),
                OpCase.of(of(Window.square(2, 1, 0).dilated(2), 1), in(1, 5, 5, 2), in(1, 3, 3, 3))
                        .named("dilated"),
                OpCase.of(of(PLAIN, 2), in(2, 3, 4, 4), in(2, 3, 4, 6)).named("grouped"),
                OpCase.of(of(PLAIN, 3), in(2, 4, 3, 3), in(2, 4, 3, 3)).named("depthwise"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(of(PLAIN, 1), spec(2, 4, 5, 3)),
                Refusal.of(of(PLAIN, 1), spec(4, 5, 3), spec(2, 4, 5, 3)),
                Refusal.of(of(PLAIN, 2), spec(2, 4, 5, 3), spec(2, 4, 5, 2)),
                Refusal.of(of(PLAIN, 1), spec(2, 4, 5, 3), spec(2, 4, 4, 2)),
                Refusal.of(of(PLAIN, 1), spec(2, 4, 5, 3), spec(1, 4, 5, 2)),
                Refusal.of(of(Window.square(7, 1, 0), 1), spec(2, 4, 5, 3), spec(2, 4, 5, 2)));
    }

    /** A 1×1 convolution of one pixel each: y = Σ x g. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden = Golden.of(
                dtype,
                of(Window.square(1, 1, 0), 1),
                in(2, 1, 1, 1).of(2, 3),
                in(2, 1, 1, 1).of(5, 7));
        assertThat(golden.output()).containsExactly(31.0);
        assertThat(golden.gradients().get(0)).containsExactly(5.0, 7.0);
        assertThat(golden.gradients().get(1)).containsExactly(2.0, 3.0);
    }
}
