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

class KlDivergenceTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new KlDivergence(), in(1), in(1).within(0.1, 1)),
                OpCase.of(new KlDivergence(), in(4), in(4).within(0.1, 1)),
                OpCase.of(new KlDivergence(), in(1, 1, 5), in(1, 1, 5).within(0.1, 1)),
                OpCase.of(new KlDivergence(), in(3, 4), in(3, 4).within(0.1, 1)),
                OpCase.of(new KlDivergence(), in(2, 3, 4), in(2, 3, 4).within(0.1, 1)),
                OpCase.of(new KlDivergence(), in(2, 2), in(2, 2).of(0, 1, 1, 0).constant())
                        .named("certain"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new KlDivergence(), spec(2, 3), spec(3)),
                Refusal.of(new KlDivergence(), spec(), spec()),
                Refusal.of(new KlDivergence(), spec(2), spec(DType.DOUBLE, 2)),
                Refusal.of(new KlDivergence(), spec(2)));
    }

    /** Of a fair coin from one that shows heads in a quarter of throws, and of a coin from itself. */
    @Test
    void golden() {
        double half = Math.log(0.5);
        Golden golden = Golden.of(
                new KlDivergence(), in(2, 2).of(Math.log(0.25), Math.log(0.75), half, half), in(2, 2).mapped(x -> 0.5));
        double expected = 0.5 * Math.log(0.5 / 0.25) + 0.5 * Math.log(0.5 / 0.75);
        assertThat(golden.output().get(0)).isCloseTo(expected / 2, within(1e-7));
        assertThat(golden.gradients().get(0)).containsExactly(-0.25, -0.25, -0.25, -0.25);
        assertThat(golden.gradients().get(1).get(0)).isCloseTo((Math.log(2) + 1) / 2, within(1e-7));
    }

    /** Impossible events cost nothing, even where their log-probability is infinite. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void zeros(DType dtype) {
        Golden golden = Golden.of(
                dtype,
                new KlDivergence(),
                in(1, 2).of(Double.NEGATIVE_INFINITY, 0),
                in(1, 2).of(0, 1).constant());
        assertThat(golden.output()).containsExactly(0.0);
        assertThat(golden.gradients().get(0).stream().map(g -> g + 0.0)).containsExactly(0.0, -1.0);
    }
}
