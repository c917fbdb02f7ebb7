package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.op.Rnn.Nonlinearity;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.backpropaganda.autograd.testkit.TestSeed;
import org.junit.jupiter.api.Test;

class RnnTest extends OpContract {
    private static final Rnn TANH = new Rnn(Nonlinearity.TANH);
    private static final Rnn RELU = new Rnn(Nonlinearity.RELU);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(TANH, in(4, 2, 3), in(2, 5), in(5, 3), in(5, 5), in(5), in(5)),
                OpCase.of(TANH, in(3, 3, 1), in(3, 2), in(2, 1), in(2, 2)).named("no biases"),
                OpCase.of(TANH, in(1, 1, 1), in(1, 1), in(1, 1), in(1, 1), in(1), in(1))
                        .named("one of each"),
                OpCase.of(TANH, in(9, 128, 1), in(128, 2), in(2, 1), in(2, 2), in(2), in(2))
                        .named("several pieces"),
                OpCase.of(
                                RELU,
                                in(3, 2, 3).within(0.5, 1),
                                in(2, 4).within(0.5, 1),
                                in(4, 3).within(0.1, 0.5),
                                in(4, 4).within(0.1, 0.5),
                                in(4).within(0.1, 0.5),
                                in(4).within(0.1, 0.5))
                        .named("away from the kink"),
                OpCase.of(RELU, in(2, 2, 1).of(1, -1, 1, -1), in(2, 1).of(0.5, 0.5), in(1, 1).of(2), in(1, 1).of(0.5))
                        .named("on both sides of the kink"));
    }

    @Override
    protected GradientCheck gradientCheck() {
        return GradientCheck.seeded(TestSeed.get()).elementwiseUpTo(64, 4);
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(TANH, spec(4, 2, 3), spec(2, 5), spec(5, 3)),
                Refusal.of(TANH, spec(4, 2, 3), spec(2, 5), spec(5, 3), spec(5, 5), spec(5)),
                Refusal.of(TANH, spec(2, 3), spec(2, 5), spec(5, 3), spec(5, 5)),
                Refusal.of(TANH, spec(4, 2, 3), spec(3, 5), spec(5, 3), spec(5, 5)),
                Refusal.of(TANH, spec(4, 2, 3), spec(1, 2, 5), spec(5, 3), spec(5, 5)),
                Refusal.of(TANH, spec(4, 2, 3), spec(2, 5), spec(3, 5), spec(5, 5)),
                Refusal.of(TANH, spec(4, 2, 3), spec(2, 5), spec(5, 3), spec(5, 4)),
                Refusal.of(TANH, spec(4, 2, 3), spec(2, 5), spec(5, 3), spec(5, 5), spec(5), spec(4)));
    }

    /** With W = 1, U = 1 and ReLU, positive inputs add up. */
    @Test
    void addsUp() {
        Golden golden = Golden.of(RELU, in(3, 1, 1).of(1, 2, 3), in(1, 1).of(10), in(1, 1).of(1), in(1, 1).of(1));
        assertThat(golden.output()).containsExactly(11.0, 13.0, 16.0);
    }

    /** tanh(artanh(u) + artanh(v)) = (u + v) / (1 + u v), the sum of velocities. */
    @Test
    void addsVelocities() {
        double artanhOfHalf = Math.log(3) / 2;
        Golden golden = Golden.of(
                TANH,
                in(2, 1, 1).of(artanhOfHalf, 0),
                in(1, 1).of(0),
                in(1, 1).of(1),
                in(1, 1).of(0),
                in(1).of(artanhOfHalf),
                in(1).of(0));
        assertThat(golden.output().get(0)).isCloseTo(0.8, within(1e-7));
        assertThat(golden.output().get(1)).isCloseTo(0.5, within(1e-7));
    }
}
