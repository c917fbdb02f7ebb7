package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class UpsampleBilinearTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new UpsampleBilinear(6, 4, false), in(2, 3, 2, 3)),
                OpCase.of(new UpsampleBilinear(6, 4, true), in(2, 3, 2, 3)),
                OpCase.of(new UpsampleBilinear(5, 7, false), in(1, 2, 3, 2)).named("no whole factor"),
                OpCase.of(new UpsampleBilinear(5, 7, true), in(1, 2, 3, 2)).named("no whole factor"),
                OpCase.of(new UpsampleBilinear(2, 3, false), in(1, 5, 4, 2)).named("smaller"),
                OpCase.of(new UpsampleBilinear(2, 1, true), in(1, 5, 4, 2)).named("smaller"),
                OpCase.of(new UpsampleBilinear(3, 3, false), in(1, 3, 3, 1)).named("the same size"),
                OpCase.of(new UpsampleBilinear(3, 2, false), in(3, 1, 1, 2)).named("one pixel"),
                OpCase.of(new UpsampleBilinear(3, 2, true), in(1, 1, 1, 2)).named("one pixel"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new UpsampleBilinear(0, 2, false), spec(1, 2, 2, 1)),
                Refusal.of(new UpsampleBilinear(2, -3, true), spec(1, 2, 2, 1)),
                Refusal.of(new UpsampleBilinear(2, 2, true), spec(2, 2, 1)),
                Refusal.of(new UpsampleBilinear(2, 2, true), spec(DType.INT, 1, 2, 2, 1)),
                Refusal.of(new UpsampleBilinear(2, 2, true), spec(1, 2, 2, 1), spec(1, 2, 2, 1)));
    }

    private static double[] output(boolean alignCorners) {
        return Golden.of(
                        new UpsampleBilinear(4, 4, alignCorners), in(1, 2, 2, 1).of(1, 2, 3, 4))
                .output()
                .stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    /** The example in the documentation of PyTorch's {@code Upsample}. */
    @Test
    void goldenWithEdgesAligned() {
        assertThat(output(false))
                .containsExactly(1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4);
    }

    /** The example in the documentation of PyTorch's {@code Upsample}. */
    @Test
    void goldenWithCornersAligned() {
        assertThat(output(true))
                .containsExactly(
                        new double[] {
                            1, 1.3333, 1.6667, 2, 1.6667, 2, 2.3333, 2.6667, 2.3333, 2.6667, 3, 3.3333, 3, 3.3333,
                            3.6667, 4
                        },
                        within(5e-5));
    }

    @Test
    void gradientsAreTheWeights() {
        Golden golden =
                Golden.of(new UpsampleBilinear(1, 4, false), in(1, 1, 2, 1).of(0, 8));
        assertThat(golden.output()).containsExactly(0.0, 2.0, 6.0, 8.0);
        assertThat(golden.gradients()).containsExactly(List.of(2.0, 2.0));
    }
}
