package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.backpropaganda.autograd.testkit.TestSeed;
import org.junit.jupiter.api.Test;

class GruTest extends OpContract {
    private static final Gru OP = new Gru();

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(OP, in(4, 2, 3), in(2, 5), in(15, 3), in(15, 5), in(15), in(15)),
                OpCase.of(OP, in(3, 3, 1), in(3, 2), in(6, 1), in(6, 2)).named("no biases"),
                OpCase.of(OP, in(1, 1, 1), in(1, 1), in(3, 1), in(3, 1), in(3), in(3))
                        .named("one of each"),
                OpCase.of(OP, in(9, 128, 1), in(128, 2), in(6, 1), in(6, 2), in(6), in(6))
                        .named("several pieces"));
    }

    @Override
    protected GradientCheck gradientCheck() {
        return GradientCheck.seeded(TestSeed.get()).elementwiseUpTo(64, 4);
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(OP, spec(4, 2, 3), spec(2, 5), spec(15, 3)),
                Refusal.of(OP, spec(4, 2, 3), spec(2, 5), spec(20, 3), spec(20, 5)),
                Refusal.of(OP, spec(4, 2, 3), spec(3, 5), spec(15, 3), spec(15, 5)),
                Refusal.of(OP, spec(4, 2, 3), spec(2, 5), spec(15, 3), spec(15, 5), spec(15), spec(5)));
    }

    /** Without weights: r = σ(ln 3) = 3/4, z = σ(0) = 1/2, n = tanh(b + r b') = tanh(ln 3 / 2) = 1/2 of b = 0, b' = 2/3 ln 3. */
    @Test
    void golden() {
        Golden golden = Golden.of(
                OP,
                in(2, 1, 1).of(7, -7),
                in(1, 1).of(1),
                in(3, 1).of(0, 0, 0),
                in(3, 1).of(0, 0, 0),
                in(3).of(Math.log(3), 0, 0),
                in(3).of(0, 0, Math.log(3) * 2 / 3));
        assertThat(golden.output().get(0)).isCloseTo(0.75, within(1e-7));
        assertThat(golden.output().get(1)).isCloseTo(0.625, within(1e-7));
    }
}
