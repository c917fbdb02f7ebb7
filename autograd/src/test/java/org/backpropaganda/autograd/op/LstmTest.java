package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.backpropaganda.autograd.testkit.TestSeed;
import org.junit.jupiter.api.Test;

class LstmTest extends OpContract {
    private static final Lstm PLAIN = new Lstm(false);
    private static final Lstm WITH_STATE = new Lstm(true);
    private static final Lstm KEEPING = new Lstm(false, true);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(PLAIN, in(4, 2, 3), in(2, 5), in(2, 5), in(20, 3), in(20, 5), in(20), in(20)),
                OpCase.of(WITH_STATE, in(3, 2, 3), in(2, 4), in(2, 4), in(16, 3), in(16, 4))
                        .named("no biases"),
                OpCase.of(PLAIN, in(1, 1, 1), in(1, 1), in(1, 1), in(4, 1), in(4, 1), in(4), in(4))
                        .named("one of each"),
                OpCase.of(WITH_STATE, in(17, 128, 1), in(128, 1), in(128, 1), in(4, 1), in(4, 1))
                        .named("several pieces"),
                OpCase.of(PLAIN, in(9, 128, 1), in(128, 2), in(128, 2), in(8, 1), in(8, 2))
                        .named("several pieces"),
                OpCase.of(KEEPING, in(4, 2, 3), in(2, 5), in(2, 5), in(20, 3), in(20, 5), in(20), in(20)),
                OpCase.of(new Lstm(true, true), in(17, 128, 1), in(128, 1), in(128, 1), in(4, 1), in(4, 1))
                        .named("several pieces"));
    }

    @Override
    protected GradientCheck gradientCheck() {
        return GradientCheck.seeded(TestSeed.get()).elementwiseUpTo(64, 4);
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(PLAIN, spec(4, 2, 3), spec(2, 5), spec(20, 3), spec(20, 5)),
                Refusal.of(PLAIN, spec(4, 2, 3), spec(2, 5), spec(2, 4), spec(20, 3), spec(20, 5)),
                Refusal.of(PLAIN, spec(4, 2, 3), spec(2, 5), spec(2, 5), spec(15, 3), spec(20, 5)),
                Refusal.of(WITH_STATE, spec(4, 2, 3), spec(2, 5), spec(2, 5), spec(20, 3), spec(20, 5), spec(20)));
    }

    /** Without weights: i = o = 1/2, f = 3/4, g = tanh(ln 3 / 2) = 1/2, so c = 3/4 c + 1/4 and h = tanh(c) / 2. */
    @Test
    void golden() {
        Input[] inputs = {
            in(2, 1, 1).of(7, -7),
            in(1, 1).of(3),
            in(1, 1).of(2),
            in(4, 1).of(0, 0, 0, 0),
            in(4, 1).of(0, 0, 0, 0),
            in(4).of(0, Math.log(3), 0, 0),
            in(4).of(0, 0, Math.log(3) / 2, 0)
        };
        List<Double> output = Golden.of(WITH_STATE, inputs).output();
        assertThat(output.get(0)).isCloseTo(Math.tanh(1.75) / 2, within(1e-7));
        assertThat(output.get(1)).isCloseTo(Math.tanh(1.5625) / 2, within(1e-7));
        assertThat(output.get(2)).isCloseTo(1.5625, within(1e-7));
        assertThat(Golden.of(PLAIN, inputs).output()).isEqualTo(output.subList(0, 2));
    }

    /** Of 40 steps of 64 sequences, c is kept after 16 and 32; no gate is. */
    @Test
    void keepsNoGates() {
        DType dtype = DType.FLOAT;
        List<TensorSpec> specs = List.of(
                spec(dtype, 40, 64, 8),
                spec(dtype, 64, 16),
                spec(dtype, 64, 16),
                spec(dtype, 64, 8),
                spec(dtype, 64, 16),
                spec(dtype, 64),
                spec(dtype, 64));
        Operands operands = new Operands(specs, specs.stream().map(s -> true).toList());
        long x = 40 * 64 * 8;
        long y = 40 * 64 * 16;
        long state = 64 * 16;
        long weights = 64 * 8 + 64 * 16 + 64 + 64;
        assertThat(PLAIN.saves(operands).bytes(operands, PLAIN.infer(specs)))
                .isEqualTo(4 * (x + y + 2 * state + 2 * state + state + weights));
    }
}
